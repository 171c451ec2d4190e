/**
 * What is wrong with a command line, in one line that says where to read on. `name` begins it, `help` is what to type for
 * all options. What commander says begins with a word of its own.
 */
export function mistyped(name: string, problem: string, help: string): string {
  const sentence = problem
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/[.;]$/, '');
  return `${name}: ${sentence}; see "${help}"\n`;
}
