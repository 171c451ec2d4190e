import { describe, expect, it } from 'vitest';
import type { DoctorFinding } from '../../../../cli/doctor/inventory.ts';
import { alikeFindings, likewise } from '../../../../cli/doctor/printing/alike-findings.ts';

function aFinding(hex: string, over: Partial<DoctorFinding> = {}): DoctorFinding {
  return {
    severity: 'note',
    resource: `nat-0000000${hex}`,
    problem: `The route of rtb-0000000${hex} (subnet-000000${hex}0 (web ${hex}), subnet-000000${hex}1) leads here; 203.0.113.${hex} in eu-central-1${'abc'[Number(hex)]}.`,
    fix: 'Leave it.',
    ...over,
  };
}

const textOf = (findings: readonly DoctorFinding[]) =>
  alikeFindings(findings).map(({ finding, others }) => [finding.resource, ...others.map(likewise)]);

describe('findings that say the same', () => {
  it('are said once, and of the others what differs', () => {
    expect(textOf([aFinding('1'), aFinding('2')])).toEqual([
      [
        'nat-00000001',
        'The same of nat-00000002: rtb-00000002; subnet-00000020 (web 2), subnet-00000021; 203.0.113.2; eu-central-1c.',
      ],
    ]);
  });

  it('are said once of the same resource too', () => {
    expect(textOf([aFinding('1'), aFinding('1')])).toEqual([['nat-00000001', 'The same of nat-00000001.']]);
  });

  it.each([
    ['another severity', { severity: 'error' }],
    ['another problem', { problem: 'It is gone.' }],
    ['another fix', { fix: 'Delete it.' }],
  ] as const)('are none with %s', (_what, over) => {
    expect(textOf([aFinding('1'), aFinding('2', over)])).toHaveLength(2);
  });
});
