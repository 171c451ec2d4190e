/** What a builder has said on its console. */
export type BakeWord =
  | { readonly kind: 'complete'; readonly hash: string }
  | { readonly kind: 'failed'; readonly why: string }
  /** Nothing of either yet. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'unknown'; readonly why: string };

/** What infra/own-image/build.sh says; nothing else prints these lines. */
const complete = 'phoenat bake: complete ';
const failed = 'phoenat bake: failed: ';

/** EC2 keeps 64 KB of a console (EC2 API Reference, GetConsoleOutput). */
const maxCharacters = 65_536;
const maxReasonCharacters = 300;

/** A console is input from outside: what is quoted of it is one line, printable and short. */
export function readBakeWord(output: string): BakeWord {
  const text = output.slice(-maxCharacters);
  if (text.trim() === '') {
    return { kind: 'unknown', why: 'its console is empty' };
  }
  const good = text.lastIndexOf(complete);
  const bad = text.lastIndexOf(failed);
  if (good === bad) {
    return { kind: 'silent' };
  }
  return good > bad
    ? { kind: 'complete', hash: lineFrom(text, good + complete.length) }
    : { kind: 'failed', why: lineFrom(text, bad + failed.length) };
}

function lineFrom(text: string, at: number): string {
  const [line = ''] = text.slice(at, at + maxReasonCharacters).split(/[\r\n]/);
  return printable(line);
}

function printable(line: string): string {
  return line.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
}

/** The last lines of a console, for a person. */
export function tailOf(output: string, lines: number): string[] {
  return output
    .slice(-maxCharacters)
    .split(/[\r\n]+/)
    .map((line) => printable(line).slice(0, maxReasonCharacters))
    .filter((line) => line !== '')
    .slice(-lines);
}
