import { fullPace } from '../../harness/live-harness.ts';
import { hang } from '../../table/events.ts';
import { type EventFigures, playEvent } from '../../table/play-event.ts';
import { rowOf } from '../../table/render.ts';
import { standby } from '../../table/setups.ts';
import type { LabScenario } from '../lab-scenario.ts';

/** The only zone's NAT hangs; the controller moves the zone to its standby, launches another, and leads it home. */
export const standingBy: LabScenario = {
  name: 'standby',
  about: 'the only zone is carried by its standby, by the controller, and returns home',
  isLong: true,
  play: async (lab, section, { quick }) => {
    // At the quick pace it would be home before connections can be opened.
    const pace = fullPace;
    section.note(`simulated EC2: ${pace.about}`);
    const played = await playEvent(lab, hang, standby, { pace, connections: quick ? 200 : 1_000 });
    section.table(
      'Zone a, before its only subnets: a standby in the same public subnet',
      [
        'event',
        'requests lost',
        'longest stall',
        'to be reached',
        'send',
        'listen',
        'keep-alive',
        'address seen',
      ],
      played.map((figures) => rowOf({ kind: 'played', figures })),
    );
    const [away, home] = played;
    section.check(
      'the standby carries the zone, and it returns home',
      home !== undefined,
      `${played.length} moves`,
    );
    for (const figures of played) {
      const { says, publicIp, requests } = figures;
      const isSame = requests.seen.length > 0 && requests.seen.every((address) => address === publicIp);
      section.check(`${says}: the zone keeps its public address`, isSame, requests.seen.join(', '));
      const [survivors, total] = survivorsOf(figures);
      section.check(
        `${says}: at least 99 in 100 connections go on, listening ones too`,
        total > 0 && survivors >= 0.99 * total,
        `${survivors} of ${total}`,
      );
    }
    const lost = home?.requests.lost;
    section.check('the return home loses no request', away !== undefined && lost === 0, `${lost}`);
  },
};

function survivorsOf({ connections }: EventFigures): readonly [number, number] {
  return [
    connections.reduce((sum, { survivors }) => sum + survivors, 0),
    connections.reduce((sum, { total }) => sum + total, 0),
  ];
}
