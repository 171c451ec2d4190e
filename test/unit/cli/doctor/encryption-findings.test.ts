import { describe, expect, it } from 'vitest';
import { encryptionFindings } from '../../../../cli/doctor/findings/encryption-findings.ts';
import type { CheckedControl, Encryption } from '../../../../cli/doctor/inventory.ts';
import { aDeployedInventory, anInventory, headings, vpcId } from './an-inventory.ts';

const complying: CheckedControl = {
  id: 'vpcec-1',
  mode: 'enforce',
  state: 'available',
  exclusions: { internetGateway: 'enabled', lambda: 'enabled' },
  types: { known: true, encrypting: ['c7gn.medium'], plain: [], unlisted: [] },
};
const found = (encryption: Encryption) => encryptionFindings(anInventory({ encryption }));
const withControl = (over: Partial<CheckedControl> = {}) =>
  found({ known: true, control: { ...complying, ...over } });

describe('VPC Encryption Controls', () => {
  it('are no finding where they are off, and a note where that is unknown', () => {
    expect(found({ known: true })).toEqual([]);
    expect(found({ known: false, detail: 'not permitted: no' })).toMatchObject([
      {
        severity: 'note',
        problem: expect.stringMatching(/is unknown: not permitted: no\.$/),
        fix: 'Allow yourself ec2:DescribeVpcEncryptionControls, and run doctor again.',
      },
    ]);
  });

  it('that are enforced are a warning even where everything complies: nobody has tried it', () => {
    expect(withControl()).toMatchObject([
      { severity: 'warning', resource: vpcId, problem: expect.stringContaining('has not been tried') },
    ]);
  });

  it.each(['enforce-in-progress', 'enforce-failed'])('are told with their state %s', (state) => {
    const [finding] = withControl({ state, message: 'since so' });
    expect(finding?.problem).toContain(`(enforce, ${state}: since so)`);
  });

  it('that are about to be enforced count as enforced', () => {
    expect(headings(withControl({ mode: 'monitor', state: 'enforce-in-progress' }))).toEqual([
      `warning ${vpcId}`,
    ]);
  });

  it('refuse types that do not encrypt: an error where there is no other', () => {
    const types = { known: true, encrypting: [], plain: ['t4g.nano', 't4g.micro'], unlisted: [] } as const;
    const [finding] = withControl({ types });

    expect(finding).toMatchObject({
      severity: 'error',
      resource: 'InstanceTypes',
      problem: expect.stringMatching(
        /^t4g\.nano, t4g\.micro do not encrypt .* EC2 refuses that in this VPC\.$/,
      ),
      fix: expect.stringContaining('Name=processor-info.supported-architecture,Values=arm64'),
    });
  });

  it('refuse some types: a warning, since it is unknown whether the others are tried', () => {
    const types = { known: true, encrypting: ['c7g.medium'], plain: ['t4g.nano'], unlisted: ['x'] } as const;

    expect(withControl({ types }).slice(0, 2)).toMatchObject([
      {
        severity: 'warning',
        problem: expect.stringMatching(/^t4g\.nano does not .* c7g\.medium would do\./),
      },
      { severity: 'warning', problem: expect.stringMatching(/^Of x EC2 does not say/) },
    ]);
  });

  it('are told where nobody may read the types', () => {
    const [finding] = withControl({ types: { known: false, detail: 'not permitted: no' } });
    expect(finding).toMatchObject({
      severity: 'warning',
      resource: 'InstanceTypes',
      fix: 'Allow yourself ec2:DescribeInstanceTypes, and run doctor again.',
    });
  });

  it.each([
    [undefined, 'error', 'not there'],
    ['disabled', 'error', 'disabled'],
    ['disabling', 'error', 'disabling'],
    ['enabling', 'warning', 'enabling'],
  ])('refuse an internet gateway and functions whose exclusion is %s', (state, severity, said) => {
    const of = (name: 'internetGateway' | 'lambda') => {
      const { [name]: _, ...rest } = complying.exclusions;
      return withControl({ exclusions: state === undefined ? rest : { ...rest, [name]: state } })[0];
    };
    expect(of('internetGateway')).toMatchObject({ severity, problem: expect.stringContaining(`is ${said}`) });
    expect(of('lambda')).toMatchObject({ severity, problem: expect.stringContaining(`is ${said}`) });
    expect([of('internetGateway')?.fix, of('lambda')?.fix]).toEqual(
      state === 'enabling'
        ? ['Wait, and run doctor again.', 'Wait, and run doctor again.']
        : [
            'aws ec2 modify-vpc-encryption-control --region eu-central-1 --vpc-encryption-control-id vpcec-1 --internet-gateway-exclusion enable',
            'Deploy with Probe=off, or exclude them: aws ec2 modify-vpc-encryption-control --region eu-central-1 --vpc-encryption-control-id vpcec-1 --lambda-exclusion enable',
          ],
    );
  });

  it('refuse no functions where the stack has no probes', () => {
    const { deployment } = aDeployedInventory();
    if (deployment === undefined) throw new Error('it is deployed');
    const control = { ...complying, exclusions: { internetGateway: 'enabled' } };
    const inventory = aDeployedInventory({
      deployment: { ...deployment, hasProbes: false },
      encryption: { known: true, control },
    });
    expect(headings(encryptionFindings(inventory))).toEqual([`warning ${vpcId}`]);
  });

  it('that only watch are a note of what is in the way of enforcing', () => {
    const types = { known: true, encrypting: [], plain: ['t4g.nano'], unlisted: [] } as const;
    const findings = withControl({ mode: 'monitor', exclusions: {}, types });

    expect(findings).toMatchObject([
      {
        severity: 'note',
        problem: expect.stringMatching(/nothing is refused\. .* t4g\.nano, .*gateway, .*; Phoenat's probes/),
      },
    ]);
    expect(withControl({ mode: 'monitor' })).toEqual([]);
    expect(withControl({ mode: 'monitor', types: { known: false, detail: 'no' } })[0]?.problem).toMatch(
      /unknown: no\.$/,
    );
  });
});
