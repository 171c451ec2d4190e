import { wrap } from '../../plain-table.ts';

/** A command of the AWS CLI with nothing but options behind it, at the end of a sentence that leads to it, or alone. */
const atTheEnd = /^(?:(.*[^:]:) )?(aws \S+ \S+(?: --[\w-]+(?: (?!--)(?:'[^']*'|\S+))*)*)$/;

/** A command that ends the fix stands on a line of its own, however long: a line break in it would break it when pasted. */
export function fixLines(fix: string, columns: number, indent: string): string {
  const [, before, command] = atTheEnd.exec(fix) ?? [];
  const text = `fix: ${command === undefined ? fix : (before ?? '')}`.trimEnd();
  const wrapped = `${indent}${wrap(text, columns, indent)}`;
  return command === undefined ? wrapped : `${wrapped}\n${indent}${command}`;
}
