import { beforeAll, describe, expect, it } from 'vitest';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import type { Egress } from '../../../../simulator/data-plane.ts';
import type { Harness } from '../../../../simulator/harness/harness.ts';
import { primaryOf, settledHarness } from '../../../../simulator/harness/settled-harness.ts';
import { heldTrafficWaits } from '../../../simulation/checker/held-traffic-waits.ts';
import type { Moment } from '../../../simulation/checker/moment.ts';
import { type Picture, takePicture } from '../../../simulation/checker/picture.ts';
import { aMoment, aNamedZone } from './a-moment.ts';

const offline: Egress = { ok: false, why: '10.0.1.5 of eni-0b has no public address' };

describe('the traffic of an instance that goes down, holds that and forwards', () => {
  let harness: Harness;
  let held: string;
  let before: Picture;

  beforeAll(async () => {
    const behaviour = { shutdownGrace: { minMs: minuteMs, maxMs: minuteMs } };
    harness = await settledHarness({ settings: { handOverMs: minuteMs }, behaviour });
    held = primaryOf(harness, 'a');
    harness.sim.terminateInstance(held);
    before = takePicture(harness.sim.region.store);
  });

  /** The default route of the first private table of zone a, or its Elastic IP, is moved to an interface without an instance. */
  function moved(what: 'route' | 'address', egress: readonly Egress[]): Moment {
    const { sim, topology } = harness;
    const [zone] = topology.zones;
    if (zone === undefined) throw new Error('no zone');
    const [tableId = ''] = zone.privateRouteTableIds;
    if (what === 'route') sim.pointRouteAt(tableId, { kind: 'interface', id: 'eni-0f' });
    else sim.takeAddressOff(zone.allocationId);
    const after = takePicture(sim.region.store);
    const ofSubnets = new Map<string, Egress>(
      zone.privateSubnetIds.map((id, nth) => [id, egress[nth] ?? { ok: true }]),
    );
    return aMoment({
      before,
      after,
      heardToHold: new Set([held]),
      zones: [aNamedZone({ egress: ofSubnets })],
    });
  }

  it('is not to be moved to what does not forward, by route', () => {
    expect(heldTrafficWaits(moved('route', []))).toMatch(/its traffic goes to eni-0f$/);
  });

  it('is none where the subnets of that table were offline before, whatever becomes of others', () => {
    expect(heldTrafficWaits(moved('route', [offline]))).toBeUndefined();
    expect(heldTrafficWaits(moved('route', [{ ok: true }, offline]))).toMatch(/its traffic goes to eni-0f$/);
  });

  it('loses no Elastic IP, whether or not it is online', () => {
    expect(heldTrafficWaits(moved('address', [offline, offline]))).toMatch(/its traffic goes to nothing$/);
  });
});
