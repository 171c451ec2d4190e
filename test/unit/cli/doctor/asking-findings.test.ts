import { describe, expect, it } from 'vitest';
import { examine } from '../../../../cli/doctor/examine.ts';
import type { AclEntry, NetworkAcls } from '../../../../cli/doctor/inventory.ts';
import { id } from '../../core/a-snapshot.ts';
import { aDeployedInventory, headings } from './an-inventory.ts';

const aRule = (over: Partial<AclEntry> = {}): AclEntry => ({
  number: 100,
  isAllowed: true,
  isTcp: true,
  cidr: '0.0.0.0/0',
  from: 0,
  to: 65_535,
  ...over,
});
const theLast = aRule({ number: 32_767, isAllowed: false });

function found(networkAcls?: NetworkAcls) {
  const inventory = aDeployedInventory(networkAcls === undefined ? {} : { networkAcls });
  return examine(inventory).findings.filter(({ problem }) => /32768|ACL/.test(problem));
}

function ofRules(...inbound: readonly AclEntry[]) {
  const acls = [{ id: 'acl-1', subnetIds: [id('subnet', 'a0'), id('subnet', 'a1')], inbound }];
  return found({ known: true, acls });
}

describe('where clients are asked whose a packet is', () => {
  it('it is said which ports that opens and why, and nothing where they are not', () => {
    const [opened] = ofRules(aRule(), theLast);

    expect(found()).toEqual([]);
    expect(opened?.severity).toBe('note');
    expect(opened?.problem).toMatch(/^KeepConnections=all lets TCP 32768 to 65535 in from anywhere/);
    expect(opened?.fix).toMatch(/KeepConnections=senders/);
  });

  it.each<[string, readonly AclEntry[]]>([
    ['everything', [aRule(), theLast]],
    ['ephemeral ports', [aRule({ from: 1_024 }), theLast]],
    [
      'these in two parts, whatever their order',
      [aRule({ number: 200, from: 32_768, to: 50_000 }), aRule({ number: 100, from: 50_001 }), theLast],
    ],
    ['them before others are denied', [aRule(), aRule({ number: 110, isAllowed: false, from: 40_000 })]],
    ['all but some addresses', [aRule({ number: 1, isAllowed: false, cidr: '198.51.100.0/24' }), aRule()]],
    ['them, and other protocols not', [aRule({ number: 1, isAllowed: false, isTcp: false }), aRule()]],
  ])('a network ACL is well that lets in %s', (_what, rules) => {
    expect(ofRules(...rules)).toHaveLength(1);
  });

  it.each<[string, readonly AclEntry[]]>([
    ['nothing', [theLast]],
    ['web ports alone', [aRule({ from: 80, to: 443 }), theLast]],
    ['some of them', [aRule({ from: 32_768, to: 60_999 }), theLast]],
    ['them from somewhere', [aRule({ cidr: '10.0.0.0/16' }), theLast]],
    ['them but for some', [aRule({ number: 1, isAllowed: false, from: 40_000, to: 40_010 }), aRule()]],
    ['another protocol', [aRule({ isTcp: false })]],
  ])('a network ACL is in the way that lets in %s', (_what, rules) => {
    const [closed] = ofRules(...rules);

    expect(closed).toMatchObject({ severity: 'warning', resource: 'acl-1' });
    expect(closed?.problem).toContain(id('subnet', 'a0'));
    expect(closed?.fix).toContain('--network-acl-id acl-1 --ingress');
  });

  it('that of a subnet without an instance is no matter', () => {
    const acls = [{ id: 'acl-1', subnetIds: [id('subnet', 'a1')], inbound: [theLast] }];

    expect(found({ known: true, acls })).toHaveLength(1);
  });

  it('what may not be read is unknown, and said', () => {
    const findings = found({ known: false, detail: 'not permitted' });

    expect(headings(findings)).toEqual(['note phoenat', 'note phoenat']);
    expect(findings[1]?.problem).toContain('unknown: not permitted');
  });
});
