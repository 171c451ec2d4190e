import { describe, expect, it } from 'vitest';
import type { NatLoad } from '../../../../shared/core/model/reading.ts';
import {
  heldUpIn,
  loadReport,
  tooSmallFindings,
  tooSmallPerMinute,
} from '../../../../shared/core/report/load.ts';
import { anInstance, id } from '../a-snapshot.ts';

const busy: NatLoad = {
  bytes: 72_000_000,
  packets: 60_000,
  connections: { used: 340, most: 65_536 },
  insertFailed: 2,
  dropped: 1,
  exceeded: { bw_in: 0, bw_out: 200, pps: 0, conntrack: 40, linklocal: 9_000 },
  stealPercent: 3.5,
};

const detailOf = (load: NatLoad, instanceType = 't4g.nano') =>
  tooSmallFindings(anInstance('a', { instanceType }), load).map(({ detail }) => detail);

describe('what is held up', () => {
  it('is what a larger type would carry: no allowance that all types share', () => {
    expect(heldUpIn(busy)).toBe(243);
    expect(heldUpIn({ exceeded: { linklocal: 9_000 }, dropped: 0 })).toBe(0);
  });

  it('is not known where nothing of it is', () => {
    expect(heldUpIn({ bytes: 1, exceeded: {} })).toBeUndefined();
    expect(heldUpIn({ insertFailed: 0 })).toBe(0);
  });
});

describe('the load', () => {
  it('is by the second, and keeps each count', () => {
    expect(loadReport(id('instance', 'a1'), busy)).toEqual({
      instanceId: 'i-000000a1',
      bytesPerSecond: 1_200_000,
      packetsPerSecond: 1_000,
      connections: { used: 340, most: 65_536, usedPercent: 1 },
      heldUp: 243,
      exceeded: busy.exceeded,
      insertFailed: 2,
      dropped: 1,
      stealPercent: 3.5,
    });
  });

  it('leaves out what the instance does not say', () => {
    expect(loadReport(id('instance', 'a1'), { connections: { used: 0, most: 0 } })).toEqual({
      instanceId: 'i-000000a1',
    });
  });
});

describe('an instance that is too small', () => {
  it('is told with what it lacks, the next larger type and what to change', () => {
    expect(detailOf(busy)).toEqual([
      'i-000000a1 is a t4g.nano, and 243 packets were held up or dropped in the last minute for want of bandwidth out (200), connections that EC2 tracks (40), room in the connection table (3); if that lasts, put t4g.micro, the next larger, first in the parameter InstanceTypes and deploy: the instances are then replaced one after the other, make before break',
    ]);
  });

  it('is no instance that held up a packet now and then, nor one that says nothing', () => {
    expect(detailOf({ exceeded: { bw_out: tooSmallPerMinute - 2 }, dropped: 1 })).toEqual([]);
    expect(detailOf({ exceeded: { bw_out: tooSmallPerMinute } })).toHaveLength(1);
    expect(detailOf({})).toEqual([]);
  });

  it('is one whose connection table is nearly full', () => {
    const table = (used: number) => detailOf({ connections: { used, most: 65_536 } });

    expect(table(58_000)).toEqual([]);
    expect(table(60_000)[0]).toContain('its connection table is 92 % full (60000 of 65536)');
  });

  it('of the largest type is told that another family may do', () => {
    expect(detailOf(busy, 't4g.2xlarge')[0]).toMatch(
      /of this family none is known that is larger.*other families/,
    );
  });
});
