import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nameParameters } from '../../../functions/lifecycle/name-parameters.ts';
import { parseTemplate } from '../../../scripts/parse-template.ts';
import { entriesOf, read } from '../../../scripts/template-value.ts';
import { parseSettings } from '../../../shared/config/controller-settings.ts';

const template = parseTemplate(readFileSync(new URL('../../../template.yaml', import.meta.url), 'utf8'));
const zone = (name: string, changes: object = {}) => ({
  name,
  publicSubnet: `subnet-0000000${name}`,
  privateSubnets: [`subnet-1000000${name}`],
  allocationId: `eipalloc-0000000${name}`,
  ...changes,
});

/** What a deployment with these zones would be told. */
function told(zones: readonly object[], env: Readonly<Record<string, string>> = {}): string {
  const all = {
    PHOENAT_STACK: 'phoenat',
    PHOENAT_VPC_ID: 'vpc-00000001',
    PHOENAT_SECURITY_GROUPS: 'sg-00000001',
    PHOENAT_ZONES: JSON.stringify(zones),
    ...env,
  };
  try {
    parseSettings(all);
  } catch (error) {
    return nameParameters(error instanceof Error ? error.message : '', all);
  }
  return 'nothing';
}

describe('what is wrong with the settings, told to whoever deploys', () => {
  it('names the parameter of the zone, by its letter and not by its place', () => {
    expect(told([zone('a'), zone('c', { privateSubnets: [''] })])).toContain(
      'ZoneCPrivateSubnets[0]: expected subnet-…',
    );
    expect(told([zone('a'), zone('b', { publicSubnet: '' })])).toContain(
      'ZoneBPublicSubnet: expected subnet-…',
    );
  });

  it('says which subnet is named twice', () => {
    expect(told([zone('a'), zone('b', { publicSubnet: 'subnet-0000000a' })])).toContain(
      'the zones’ subnets: expected each to be used once, got "subnet-0000000a"',
    );
  });

  it('names parameters that the template has, for every variable but those that it sets itself', () => {
    const variables = Object.fromEntries(
      entriesOf(read(template, ['Globals', 'Function', 'Environment', 'Variables'])),
    );
    const own = [
      'PHOENAT_STACK',
      'PHOENAT_ACCOUNT',
      'PHOENAT_ZONES',
      'PHOENAT_SECURITY_GROUPS',
      'PHOENAT_INSTANCE_PROFILE_ARN',
    ];
    const parameters = Object.keys(Object.fromEntries(entriesOf(read(template, ['Parameters']))));

    for (const name of Object.keys(variables).filter((variable) => !own.includes(variable))) {
      expect(parameters).toContain(nameParameters(name, {}));
    }
  });

  it('leaves a text alone that names nothing of ours, or zones that cannot be read', () => {
    expect(nameParameters('PHOENAT_ZONES[0].publicSubnet', { PHOENAT_ZONES: 'no JSON' })).toBe(
      'PHOENAT_ZONES[0].publicSubnet',
    );
    expect(nameParameters('all is well', {})).toBe('all is well');
  });
});
