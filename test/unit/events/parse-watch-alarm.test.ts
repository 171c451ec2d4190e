import { describe, expect, it } from 'vitest';
import { parseTrigger } from '../../../shared/events/parse-trigger.ts';

const time = '2026-11-27T03:00:00Z';
const detail = {
  stack: 'nat',
  zone: 'b',
  'instance-id': 'i-0123456789abcdef0',
  by: 'i-0fedcba9876543210',
  seen: 'no answer for 1.1 s',
};

function parsed(changed: object): unknown {
  const event = { source: 'phoenat.watch', 'detail-type': 'NAT instance suspected', time, detail: changed };
  return parseTrigger(event, Date.parse(time));
}

describe('an alarm of a watch', () => {
  it('names whom to look at, and quotes what was seen', () => {
    expect(parsed(detail)).toEqual({
      kind: 'instances',
      source: 'watch-alarm',
      instanceIds: ['i-0123456789abcdef0'],
      detail: 'i-0fedcba9876543210 says of it in zone b: no answer for 1.1 s',
      at: Date.parse(time),
    });
  });

  it('cannot break a line of the log, nor fill it', () => {
    const { detail: said } = parsed({ ...detail, seen: `\n\u001b[31m${'x'.repeat(10_000)}` }) as {
      detail: string;
    };

    expect(said).not.toMatch(/\p{Cc}/u);
    expect(said.length).toBeLessThan(350);
  });

  it.each([
    ['the instance', { ...detail, 'instance-id': 'i-1; reboot' }],
    ['who says so', { ...detail, by: undefined }],
    ['the zone', { ...detail, zone: '../b' }],
    ['what was seen', { ...detail, seen: 7 }],
    ['anything', undefined],
    ['anything in its place', [detail]],
  ])('is refused where it does not name %s', (_what, changed) => {
    expect(() => parsed(changed as object)).toThrow(/an alarm of a watch with the detail .*it names/);
  });
});
