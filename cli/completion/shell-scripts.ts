import { type CompletedOption, type Place, valueOptions } from './command-tree.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The script that a shell is to source. It calls nothing: a Tab must not wait for Node.js. */
export function completionScript(shell: Shell, places: readonly Place[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(places);
    case 'zsh':
      return zshScript(places);
    case 'fish':
      return fishScript(places);
  }
}

const flagsOf = (options: readonly CompletedOption[]) => options.flatMap(({ flags }) => flags);

/** A shell's pattern for any of these. */
const anyOf = (texts: readonly string[]) => texts.map(quoted).join('|');

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The shell code that finds `path`, in words that both shells understand. */
function findPath(places: readonly Place[], words: string, first: number, last: string): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  return `  for (( i = ${first}; i < ${last}; i++ )); do
    word="\${${words}[i]}"
    case "$word" in
      ${anyOf(flagsOf(valueOptions(places)))}) (( i++ )) ;;
      -*) ;;
      *) case "\${path:+$path }$word" in
          ${anyOf(paths)}) path="\${path:+$path }$word" ;;
        esac ;;
    esac
  done`;
}

function bashScript(places: readonly Place[]): string {
  const values = valueOptions(places);
  return `# Completion of phoenat for bash.
_phoenat() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" options="" word i
  # "--zone=a" comes in three parts.
  if [[ $current == "=" ]]; then current=""
  elif [[ $before == "=" ]]; then before="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  case "$before" in
${values.map(({ flags, values: known }) => `    ${anyOf(flags)}) COMPREPLY=( $(compgen -W ${quoted(known.join(' '))} -- "$current") ); return ;;`).join('\n')}
  esac
${findPath(places, 'COMP_WORDS', 1, 'COMP_CWORD')}
  case "$path" in
${places.map(({ path, words, options }) => `    ${quoted(path)}) words=${quoted(words.map(({ word }) => word).join(' '))}; options=${quoted(flagsOf(options).join(' '))} ;;`).join('\n')}
  esac
  if [[ $current == -* || -z $words ]]; then words="$options"; fi
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -F _phoenat phoenat
`;
}

function zshScript(places: readonly Place[]): string {
  const described = (text: string, description: string) =>
    quoted(`${text}:${description.replaceAll(':', '\\:')}`);
  return `#compdef phoenat
# Completion of phoenat for zsh.
_phoenat() {
  local current="\${words[CURRENT]}" before="\${words[CURRENT-1]}" path_="" word i
  local -a candidates options
  case "$before" in
${valueOptions(places)
  .map(
    ({ flags, values }) =>
      `    ${anyOf(flags)}) ${values.length === 0 ? 'return' : `compadd -- ${values.map(quoted).join(' ')}; return`} ;;`,
  )
  .join('\n')}
  esac
${findPath(places, 'words', 2, 'CURRENT').replaceAll('path:+$path }', 'path_:+$path_ }').replaceAll(') path=', ') path_=')}
  case "$path_" in
${places
  .map(
    ({ path, words, options }) =>
      `    ${quoted(path)})
      candidates=(${words.map(({ word, description }) => described(word, description)).join(' ')})
      options=(${options.flatMap(({ flags, description }) => flags.map((flag) => described(flag, description))).join(' ')}) ;;`,
  )
  .join('\n')}
  esac
  if [[ $current == -* || \${#candidates} -eq 0 ]]; then candidates=("\${options[@]}"); fi
  _describe phoenat candidates
}
if ! (( $+functions[compdef] )); then autoload -Uz compinit; compinit; fi
compdef _phoenat phoenat
`;
}

function fishScript(places: readonly Place[]): string {
  const text = (raw: string) => `'${raw.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  const lines = places.flatMap(({ path, words, options }) => {
    const at = `complete -c phoenat -n ${text(`__phoenat_is_at ${text(path)}`)}`;
    return [
      ...words.map(
        ({ word, description }) =>
          `${at} -a ${text(word)}${description === '' ? '' : ` -d ${text(description)}`}`,
      ),
      ...options.map((option) => `${at} ${fishOption(option)} -d ${text(option.description)}`),
    ];
  });
  return `# Completion of phoenat for fish.
function __phoenat_is_at
  set -l path
  set -l is_value 0
  for word in (commandline -opc)[2..-1]
    if test $is_value = 1
      set is_value 0
      continue
    end
    switch $word
      case ${flagsOf(valueOptions(places)).join(' ')}
        set is_value 1
      case '-*'
      case '*'
        set -l longer (string join ' ' $path $word)
        if contains -- $longer ${paths.map(text).join(' ')}
          set path $longer
        end
    end
  end
  test "$path" = "$argv[1]"
end
complete -c phoenat -e
complete -c phoenat -f
${lines.join('\n')}
`;
}

function fishOption({ flags, takesValue, values }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = takesValue ? ` -x${values.length === 0 ? '' : ` -a '${values.join(' ')}'`}` : '';
  return `${names.join(' ')}${value}`;
}
