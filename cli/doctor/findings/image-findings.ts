import type { DoctorFinding, Inventory } from '../inventory.ts';

/** What a NAT instance would be launched from. */
export function imageFindings({ images, region }: Inventory): DoctorFinding[] {
  if (!images.known) {
    return [
      {
        severity: 'warning',
        resource: 'AmiSelector',
        problem: `Whether there is an image to launch from in ${region} is unknown: ${images.detail}.`,
        fix: 'Allow yourself ec2:DescribeImages, and run doctor again. The deployment checks it too.',
      },
    ];
  }
  return [
    ...images.problems.map(
      ({ lack, fix }): DoctorFinding => ({
        severity: 'error',
        resource: 'AmiSelector',
        problem: `In ${region} nothing could be launched: ${lack}.`,
        fix: sentence(fix),
      }),
    ),
    ...images.chosen
      .filter(({ isDeprecated }) => isDeprecated)
      .map(
        ({ id, name }): DoctorFinding => ({
          severity: 'warning',
          resource: id,
          problem: `${name} is deprecated, and nothing newer matches AmiSelector: it gets no more updates, and will disappear one day.`,
          fix: 'Choose another image with AmiSelector.',
        }),
      ),
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
