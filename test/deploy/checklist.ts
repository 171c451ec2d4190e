import { isDeepStrictEqual } from 'node:util';

export type Check = { readonly story: string; readonly name: string; readonly ok: boolean };

/** What was looked at, and whether it was as it should be. Printed as it comes: two stories run side by side. */
export class Checklist {
  readonly checks: Check[] = [];
  readonly #print: (text: string) => void;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  story(name: string): Story {
    return {
      name,
      note: (text) => this.#print(`${name}    ${text}`),
      is: (what, found, expected) => {
        const ok = isDeepStrictEqual(found, expected);
        return this.#record(name, what, ok, show(expected), show(found));
      },
      holds: (what, ok, expected, found) => this.#record(name, what, ok, expected, found),
    };
  }

  get failed(): number {
    return this.checks.filter(({ ok }) => !ok).length;
  }

  #record(story: string, name: string, ok: boolean, expected: string, found: string): boolean {
    this.checks.push({ story, name, ok });
    this.#print(
      ok
        ? `${story}  ✔ ${name}`
        : `${story}  ✘ ${name}\n${indent('expected', expected)}\n${indent('found', found)}`,
    );
    return ok;
  }
}

/** Where one story says what it finds. */
export type Story = {
  readonly name: string;
  note(text: string): void;
  /** Gives whether the two are equal, key by key. */
  is(what: string, found: unknown, expected: unknown): boolean;
  /** Gives `ok` back. */
  holds(what: string, ok: boolean, expected: string, found: string): boolean;
};

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

const maxLines = 40;

/** The end of it, where it is long: what a program says last is what went wrong. */
function indent(label: string, text: string): string {
  const lines = text.trimEnd().split('\n').slice(-maxLines);
  return lines.map((line, index) => `      ${(index === 0 ? `${label}:` : '').padEnd(10)}${line}`).join('\n');
}
