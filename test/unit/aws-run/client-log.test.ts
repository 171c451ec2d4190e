import { describe, expect, it } from 'vitest';
import { parseClientLog } from '../../aws/core/client-log.ts';
import { reckonAll } from '../../aws/core/reckon.ts';

/** A request each half second from `fromMs` on: o is answered, x is lost. */
function requests(fromMs: number, text: string, address = '203.0.113.1'): string[] {
  return [...text].map((sign, index) =>
    sign === 'o' ? `ok ${fromMs + index * 500} 4 ${address}` : `lost ${fromMs + index * 500} 2000 timeout`,
  );
}

function reckoned(...lines: readonly string[]) {
  return reckonAll(parseClientLog(`${lines.join('\n')}\n`));
}

describe('the log of the client', () => {
  it('counts what was lost after a mark, on the clock of the client', () => {
    const [seen] = reckoned(
      ...requests(1_000, 'oo'),
      'mark 1900 terminate',
      ...requests(2_000, 'oxxxo'),
      ...requests(4_500, 'o', '203.0.113.2'),
    );

    expect(seen).toMatchObject({
      name: 'terminate',
      beganMs: 1_900,
      requests: 6,
      lost: 3,
      firstLostAfterMs: 600,
      lastLostAfterMs: 1_600,
      longestGapMs: 2_000,
      isOver: true,
      addresses: ['203.0.113.1', '203.0.113.2'],
    });
  });

  it('knows of no first loss where none is lost, and a gap of a period', () => {
    const [seen] = reckoned('mark 900 check', ...requests(1_000, 'oooo'));

    expect(seen).toMatchObject({
      lost: 0,
      firstLostAfterMs: undefined,
      lastLostAfterMs: undefined,
      longestGapMs: 500,
    });
  });

  it('says that an outage which has not ended is not over, and counts its gap so far', () => {
    const [seen] = reckoned(...requests(0, 'o'), 'mark 400 stop', ...requests(500, 'xxxx'));

    expect(seen).toMatchObject({ isOver: false, lost: 4, longestGapMs: 2_000 });
  });

  it('gives a request to the event before whose successor it was sent, whenever it was answered', () => {
    const [first, second] = reckoned(
      'mark 0 terminate',
      'mark 1000 stop',
      ...requests(500, 'x'),
      ...requests(1_000, 'o'),
    );

    expect([first?.lost, first?.isOver, second?.lost, second?.requests]).toEqual([1, false, 0, 1]);
  });

  it('tells connections that survive from those that end and those of which nothing is heard', () => {
    const [seen] = reckoned(
      'open 100 1',
      'open 100 2',
      'open 100 3',
      'open 100 4',
      'end 200 4 OSError',
      'mark 1000 hang',
      ...requests(1_000, 'xxo'),
      'end 1700 2 ConnectionResetError',
      'open 1800 5',
      // Heard in the five seconds before: that may have been before the loss.
      'heard 6400 3,5',
      'heard 7000 1,5',
    );

    expect(seen?.connections).toEqual({ open: 3, survived: 1, ended: 1, silent: 1 });
  });

  it('takes what ends at the next event for that event’s', () => {
    const [first, second] = reckoned(
      'open 100 1',
      'mark 1000 stop',
      'heard 7000 1',
      'mark 9000 hang',
      'end 9500 1 OSError',
    );

    expect([first?.connections, second?.connections]).toEqual([
      { open: 1, survived: 1, ended: 0, silent: 0 },
      { open: 1, survived: 0, ended: 1, silent: 0 },
    ]);
  });

  it('reckons an hour in no time', () => {
    const lines = ['open 1 1', 'mark 10 stop', ...requests(500, 'o'.repeat(7_200))];

    expect(reckoned(...lines)[0]?.requests).toBe(7_200);
  });

  it.each([
    ['gone 1 2'],
    ['ok x 2 203.0.113.1'],
    ['ok 1 2'],
    ['lost 1 2'],
    ['heard 1 a,b'],
    ['heard 1 '],
    ['mark 1'],
    ['open 1 -1'],
    ['end 1 2'],
  ])('does not count what it does not understand: %j', (line) => {
    expect(() => parseClientLog(`mark 1 stop\n${line}\n`)).toThrow(
      'line 2 of the client’s log'.replace('’', "'"),
    );
  });
});
