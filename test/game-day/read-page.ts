/** What the runbook's game day prints for people to type. */
export type GameDay = {
  /** Step 1. */
  readonly before: string;
  /** Step 2, as a script, whose first line says where the loop asks. */
  readonly loop: string;
  /** The first column of the table, each without its backticks; several where any of them does. */
  readonly breaks: readonly (readonly string[])[];
  /** Step 5: the state, and the log. */
  readonly after: readonly string[];
  /** The way out. */
  readonly restore: string;
};

/** @throws Error that says what the page does not have any longer. */
export function readGameDay(page: string): GameDay {
  const [, afterTitle] = page.split('\n## Game day\n');
  const section = afterTitle?.split(/\n## /)[0];
  if (section === undefined) throw new Error('docs/operations.md has no section "Game day"');
  const [own = ''] = section.split('\n### ');
  const step = (number: number) =>
    required(own, new RegExp(`^${number}\\. [\\s\\S]*?(?=^\\d\\. |^\\||^If )`, 'm'));
  const [before = ''] = commandsIn(step(1));
  return {
    before,
    loop: required(step(2), /```sh\n([\s\S]*?)```/).replaceAll(/^ {3}/gm, ''),
    breaks: [...own.matchAll(/^\| (`.+?) \| /gm)].map(([, cell = '']) => commandsIn(cell)),
    after: commandsIn(step(5)).filter((command) => command.startsWith('npx ')),
    restore: commandsIn(own).find((command) => command.endsWith(' restore')) ?? '',
  };
}

function required(text: string, pattern: RegExp): string {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`the game day of docs/operations.md has nothing like ${pattern}`);
  return found[1] ?? found[0];
}

function commandsIn(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, command = '']) => command);
}
