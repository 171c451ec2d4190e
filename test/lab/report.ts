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
        this.#print(`\n  ${title}\n${layOut([head, ...rows])}\n`);
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

function layOut(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => `    ${line(row).trimEnd()}\n`).join('');
}
