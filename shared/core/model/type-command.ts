/** The stack that the command means where none is named. */
export const defaultStack = 'phoenat';

/** What a person types, in a checkout of Phoenat, so that it means this stack: "npx --no-install phoenat --stack prod status". */
export function typeCommand(stack: string, command: string): string {
  return `npx --no-install phoenat${stack === defaultStack ? '' : ` --stack ${stack}`} ${command}`;
}
