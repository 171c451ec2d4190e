import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRecording, recordRuleset } from '../../../scripts/record-ruleset.ts';

const ruleset = readFileSync(new URL('../../../infra/nat-instance/nat.nft', import.meta.url), 'utf8');

/** The types of the messages (linux/netfilter/nf_tables.h), without their subsystem. */
function kindsIn(batch: Buffer): number[] {
  const kinds: number[] = [];
  for (let at = 0; at < batch.length; at += (batch.readUInt32LE(at) + 3) & ~3) {
    kinds.push(batch.readUInt16LE(at + 4) & 0xff);
  }
  return kinds;
}

describe('the recorded ruleset', () => {
  const [newTable, deleteTable, newChain, newRule, newSet, newObject] = [0, 2, 3, 6, 9, 18];

  it('replaces the table, and has each chain, set, counter and rule of nat.nft', () => {
    const kinds = kindsIn(readRecording());
    const countOf = (kind: number) => kinds.filter((other) => other === kind).length;
    const linesOf = (pattern: RegExp) => ruleset.match(pattern)?.length;
    const rules = ruleset
      .split('\n')
      .filter((line) => /^ {4}(?!type |#)\S/.test(line) || /^ {4}#(?=[a-z])/.test(line));

    expect(kinds.slice(0, 3)).toEqual([newTable, deleteTable, newTable]);
    expect(countOf(newChain)).toBe(linesOf(/^ {2}chain /gm));
    expect(countOf(newObject)).toBe(linesOf(/^ {2}counter /gm));
    expect(countOf(newRule)).toBe(rules.length);
    // Those without a name as well: two maps by direction, and a set of ports.
    expect(countOf(newSet)).toBe((linesOf(/^ {2}(set|map) /gm) ?? 0) + 3);
  });

  it('is, byte by byte, what nft makes of nat.nft, where this can be recorded', (test) => {
    const fresh = recordRuleset();
    test.skip(fresh.kind === 'missing', fresh.kind === 'missing' ? fresh.why : '');

    expect(fresh.kind === 'recorded' && fresh.batch.equals(readRecording())).toBe(true);
  });
});
