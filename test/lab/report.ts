import { plainTable } from '../../cli/plain-table.ts';

export type Check = {
  readonly scenario: string;
  readonly name: string;
  readonly ok: boolean;
  readonly figure: string;
};

export type FigureTable = {
  readonly scenario: string;
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** Collects what the scenarios find, and prints it as it comes unless it is wanted as JSON in the end. */
export class LabReport {
  readonly checks: Check[] = [];
  readonly tables: FigureTable[] = [];
  readonly #print: (text: string) => void;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** Everything that another one has found, and printed somewhere else. */
  add({ checks, tables }: LabReport, printed: string): void {
    this.checks.push(...checks);
    this.tables.push(...tables);
    this.#print(printed);
  }

  get ok(): boolean {
    return this.checks.every(({ ok }) => ok);
  }

  section(scenario: string): Section {
    this.#print(`\n${scenario}\n`);
    return {
      check: (name, ok, figure) => {
        this.checks.push({ scenario, name, ok, figure });
        this.#print(`  ${ok ? 'pass' : 'FAIL'}  ${name}: ${figure}\n`);
      },
      table: (title, head, rows) => {
        this.tables.push({ scenario, title, head, rows });
        this.#print(`\n  ${title}\n${layOut(head, rows)}\n\n`);
      },
      note: (text) => this.#print(`  ${text}\n`),
    };
  }
}

/** Where one scenario writes. */
export type Section = {
  check(name: string, ok: boolean, figure: string): void;
  table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void;
  note(text: string): void;
};

function layOut(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = head.map((text) => ({ head: text }));
  return plainTable(columns, rows, { isColoured: false }).replaceAll(/^/gm, '    ');
}
