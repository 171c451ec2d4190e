import { describe, expect, it } from 'vitest';
import { examine } from '../../../../cli/doctor/examine.ts';
import type { Inventory } from '../../../../cli/doctor/inventory.ts';
import { aDeployedInventory, anInventory } from './an-inventory.ts';

const about = (resource: string, inventory: Inventory) =>
  examine(inventory).findings.filter((found) => found.resource === resource);

describe('the role that Spot needs', () => {
  const role = 'AWSServiceRoleForEC2Spot';
  const make = 'aws iam create-service-linked-role --aws-service-name spot.amazonaws.com';
  const missing = { known: true, isThere: false } as const;

  it('is no matter where nobody asks for Spot, or it is there', () => {
    expect(about(role, anInventory())).toEqual([]);
    expect(
      about(role, anInventory({ spot: { isDeployed: true, role: { known: true, isThere: true } } })),
    ).toEqual([]);
  });

  it('is missing, with the command that makes it', () => {
    expect(about(role, anInventory({ spot: { isDeployed: true, role: missing } }))).toEqual([
      {
        severity: 'warning',
        resource: role,
        problem:
          'MarketType=spot needs this service-linked role, and the account has none: EC2 refuses each request for a Spot Instance, and Phoenat launches on demand.',
        fix: `Make it, once for the account: ${make}`,
      },
    ]);
  });

  it('is unknown where nobody may look, and its command is told all the same', () => {
    const unknown = { known: false, detail: 'not permitted: User x may not' } as const;

    expect(about(role, anInventory({ spot: { isDeployed: false, role: unknown } }))).toEqual([
      {
        severity: 'warning',
        resource: role,
        problem:
          'Whether the account has the service-linked role that MarketType=spot needs is unknown: not permitted: User x may not.',
        fix: `Allow yourself iam:GetRole, and run doctor again. Where it is missing: ${make}`,
      },
    ]);
  });

  it('is asked about for a stack that is to ask for Spot, and the command sets it', () => {
    const wanted = { isDeployed: false, role: missing } as const;

    expect(examine(anInventory({ spot: wanted })).command).toContain('MarketType=spot');
    expect(examine(aDeployedInventory({ spot: { ...wanted, isDeployed: true } })).command).not.toContain(
      'MarketType=spot',
    );
  });

  it('is of no account for this VPC where the stack that asks for Spot serves another', () => {
    const { deployment, ...inventory } = aDeployedInventory();
    const foreign = deployment && { ...deployment, vpcId: 'vpc-0fe' };
    const found = (isDeployed: boolean) =>
      about(role, {
        ...inventory,
        ...(foreign && { deployment: foreign }),
        spot: { isDeployed, role: missing },
      });

    expect(found(true)).toEqual([]);
    expect(found(false)).toHaveLength(1);
  });
});

describe('how many functions may run at once', () => {
  const limit = (of: number) => ({ concurrency: { known: true, limit: of } as const });
  const deployed = (changes: Partial<NonNullable<Inventory['deployment']>>, of: number) => {
    const { deployment, ...inventory } = aDeployedInventory(limit(of));
    return { ...inventory, ...(deployment && { deployment: { ...deployment, ...changes } }) };
  };

  it('is told where the probes of all zones and the controller take more', () => {
    expect(about('Lambda', anInventory(limit(5)))).toEqual([]);
    expect(about('Lambda', anInventory(limit(4)))).toEqual([
      {
        severity: 'warning',
        resource: 'Lambda',
        problem:
          "At most 4 functions that reserve nothing may run at once in eu-central-1, those of others included. While requests fail in every zone, 2 probes and the controller would take 5. What is throttled says nothing, so that healing goes by EC2's own checks, and slower.",
        fix: 'Ask for more: aws service-quotas request-service-quota-increase --region eu-central-1 --service-code lambda --quota-code L-B99A9384 --desired-value 1000',
      },
    ]);
  });

  it('is ten in a new account, which is too few for six zones: they take thirteen', () => {
    const [zone] = aDeployedInventory().deployment?.zones ?? [];
    const zones = (['a', 'b', 'c', 'd', 'e', 'f'] as const).flatMap((letter) =>
      zone === undefined ? [] : { ...zone, letter },
    );

    expect(about('Lambda', deployed({ zones }, 10))).toMatchObject([
      { problem: expect.stringContaining('6 probes and the controller take 13.') },
    ]);
    expect(about('Lambda', deployed({ zones }, 13))).toEqual([]);
  });

  it('counts what a standby adds, the zones that are proposed, and no probes where there are none', () => {
    const zones = aDeployedInventory().deployment?.zones.slice(0, 1) ?? [];

    expect(about('Lambda', deployed({ zones, hasStandby: true }, 4))).toMatchObject([
      { problem: expect.stringContaining('2 probes and the controller take 5.') },
    ]);
    expect(about('Lambda', deployed({ zones }, 4))).toMatchObject([
      { problem: expect.stringContaining('2 probes and the controller would take 5.') },
    ]);
    expect(about('Lambda', deployed({ hasProbes: false }, 1))).toEqual([]);
  });

  it('is left unsaid where it is unknown', () => {
    expect(about('Lambda', anInventory({ concurrency: { known: false, detail: 'denied' } }))).toEqual([]);
  });
});
