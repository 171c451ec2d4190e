import { setTimeout as sleep } from 'node:timers/promises';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { fullPace, LiveHarness, quickPace } from '../harness/live-harness.ts';
import { WhatItDid } from '../harness/what-it-did.ts';
import type { LabScenario } from './lab-scenario.ts';

const lostForMs = 2 * minuteMs;

/** Behind the internet gateway nothing answers any more, whichever zone asks. */
export const losingUpstream: LabScenario = {
  name: 'upstream',
  about: 'nothing beyond the internet gateway answers, for two minutes: that no zone is touched for it',
  isLong: true,
  play: async (lab, section, options) => {
    const live = await LiveHarness.start(lab, options.quick ? quickPace : fullPace, 'on');
    try {
      const { harness } = live;
      const did = new WhatItDid(harness);
      const upstream = harness.sim.loseUpstream(
        harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId),
      );
      await sleep(lostForMs / 2);
      const before = await Promise.all(lab.hosts.map((host) => lab.head(host)));
      await sleep(lostForMs / 2);
      upstream.restore();
      section.check('no host gets out', !before.some(({ ok }) => ok), `${before.length} hosts`);
      // What was under way when it came back counts as well.
      await sleep(10 * secondMs);
      const { changes, launches, findings } = did;
      section.check(
        `lost for ${lostForMs / secondMs} s: nothing is launched or moved`,
        changes.length === 0,
        `${launches} launches, ${changes.length} changes`,
      );
      const said = findings.get('upstream-trouble');
      section.check('and it is said', said !== undefined, said ?? [...findings.keys()].join(', '));
      const after = await Promise.all(lab.hosts.map((host) => lab.headInTheEnd(host)));
      const out = after.filter(({ ok }) => ok).length;
      section.check('afterwards every host gets out', out === after.length, `${out} of ${after.length}`);
    } finally {
      await live.stop();
    }
  },
};
