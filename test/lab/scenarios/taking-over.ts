import { setTimeout as sleep } from 'node:timers/promises';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { defaultTargetOf } from '../../../simulator/data-plane.ts';
import { fullPace, LiveHarness, quickPace } from '../harness/live-harness.ts';
import { WhatItDid } from '../harness/what-it-did.ts';
import type { RequestsArgument, RequestsResult } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import type { LabScenario } from './lab-scenario.ts';

/** What was there before worked. The new instance says that it is ready, and lets nothing through. */
export const takingOver: LabScenario = {
  name: 'takeover',
  about:
    'an instance takes over from a NAT gateway that works, and does not forward: how soon that is undone',
  play: async (lab, section, options) => {
    const live = await LiveHarness.startBesideGateways(lab, options.quick ? quickPace : fullPace, 'pretends');
    try {
      const { harness } = live;
      const did = new WhatItDid(harness);
      const pacing: RequestsArgument = { everyMs: 100, patienceMs: 2 * secondMs };
      const asker = await Worker.start<RequestsResult>(lab.host('a2').namespace, 'requests', pacing);
      live.wake(harness.scheduledEvent());
      const undone = () => did.findings.get('takeover-undone');
      await live.until('the takeover is undone', () => undone() !== undefined, 5 * minuteMs);
      await sleep(3 * secondMs);
      const { longestStallMs, lost, sent } = await asker.finish();
      const { ok: isBack } = await lab.headInTheEnd(lab.host('a2'));
      const targets = harness.topology.privateSubnetIds.map((id) => defaultTargetOf(harness.sim, id)?.kind);
      section.check(
        'the routes are back at the gateways',
        targets.every((kind) => kind === 'nat-gateway'),
        targets.join(', '),
      );
      section.check(
        'nothing passed meanwhile, then requests again',
        longestStallMs > secondMs && isBack,
        `after ${longestStallMs} ms, ${lost} of ${sent} requests lost`,
      );
      section.check('and it is said', undone() !== undefined, undone() ?? 'nothing');
    } finally {
      await live.stop();
    }
  },
};
