import { field } from '../../shared/events/fields.ts';

/**
 * CloudWatch Logs' filter patterns, as far as the command uses them ("Filter pattern syntax", CloudWatch Logs User Guide):
 * `{ … }` matches JSON lines by comparing `$.selectors`, and any of `?"terms"` matches a text that holds it. What is not
 * understood throws, so that no pattern is believed that was never tried.
 */
export function matchesPattern(pattern: string, message: string): boolean {
  const text = pattern.trim();
  if (text.startsWith('{') && text.endsWith('}')) {
    const line = decode(message);
    return line !== undefined && new JsonPattern(text.slice(1, -1)).matches(line);
  }
  const terms = [...text.matchAll(/\?"([^"]+)"\s*/g)];
  if (terms.length === 0 || terms.map(([whole]) => whole).join('') !== text) {
    throw new Error(`no filter pattern: ${pattern}`);
  }
  return terms.some(([, term = '']) => message.includes(term));
}

function decode(message: string): unknown {
  try {
    const line: unknown = JSON.parse(message);
    return line;
  } catch {
    return undefined;
  }
}

/** Comparisons joined by && and ||, of which && binds closer, and parentheses. */
class JsonPattern {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    const token = /\s*(\(|\)|&&|\|\||!=|=|>|<|\$[\w.]+|"[^"]*"|-?\d+(?:\.\d+)?)\s*/y;
    const tokens: string[] = [];
    while (token.lastIndex < text.length) {
      const from = token.lastIndex;
      const [, found] = token.exec(text) ?? [];
      if (found === undefined) throw new Error(`no filter pattern, from here on: ${text.slice(from)}`);
      tokens.push(found);
    }
    this.#tokens = tokens;
  }

  matches(line: unknown): boolean {
    const result = this.#either(line);
    if (this.#at < this.#tokens.length) throw new Error(`no filter pattern at ${this.#tokens[this.#at]}`);
    return result;
  }

  #either(line: unknown): boolean {
    let result = this.#both(line);
    while (this.#takes('||')) result = this.#both(line) || result;
    return result;
  }

  #both(line: unknown): boolean {
    let result = this.#one(line);
    while (this.#takes('&&')) result = this.#one(line) && result;
    return result;
  }

  #one(line: unknown): boolean {
    if (this.#takes('(')) {
      const result = this.#either(line);
      if (!this.#takes(')')) throw new Error('no filter pattern: a parenthesis is open');
      return result;
    }
    const [selector = '', operator = '', wanted = ''] = this.#tokens.slice(this.#at, this.#at + 3);
    this.#at += 3;
    const value = selector.split('.').slice(1).reduce(field, line);
    return compare(value, operator, JSON.parse(wanted));
  }

  #takes(token: string): boolean {
    const isNext = this.#tokens[this.#at] === token;
    if (isNext) this.#at += 1;
    return isNext;
  }
}

/** A field that is not there equals nothing and differs from nothing: no comparison with it holds. */
function compare(value: unknown, operator: string, wanted: unknown): boolean {
  if (value === undefined || typeof value !== typeof wanted) {
    return false;
  }
  switch (operator) {
    case '=':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case '>':
      return Number(value) > Number(wanted);
    case '<':
      return Number(value) < Number(wanted);
    default:
      throw new Error(`no filter pattern: ${operator} compares nothing`);
  }
}
