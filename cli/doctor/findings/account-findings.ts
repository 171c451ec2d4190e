import { runLimits } from '../../../shared/core/model/worst-day.ts';
import type { DoctorFinding, Inventory, ProposedZone } from '../inventory.ts';
import { spotRoleName } from '../reading/read-account.ts';

/** What the account lacks. */
export function accountFindings(inventory: Inventory, zones: readonly ProposedZone[]): DoctorFinding[] {
  return [...spotFindings(inventory), ...concurrencyFindings(inventory, zones)];
}

/** EC2's console makes it; an API's request is refused without it (EC2 User Guide, "Service-linked role for Spot"). */
function spotFindings({ spot }: Inventory): DoctorFinding[] {
  if (spot === undefined || (spot.role.known && spot.role.isThere)) {
    return [];
  }
  const make = 'aws iam create-service-linked-role --aws-service-name spot.amazonaws.com';
  const finding = (problem: string, fix: string): DoctorFinding[] => [
    { severity: 'warning', resource: spotRoleName, problem, fix },
  ];
  return spot.role.known
    ? finding(
        'MarketType=spot needs this service-linked role, and the account has none: EC2 refuses each request for a Spot Instance, and Phoenat launches on demand.',
        `Make it, once for the account: ${make}`,
      )
    : finding(
        `Whether the account has the service-linked role that MarketType=spot needs is unknown: ${spot.role.detail}.`,
        `Allow yourself iam:GetRole, and run doctor again. Where it is missing: ${make}`,
      );
}

/** Only where it is known: a new account's limit is lower than the usual one. */
function concurrencyFindings(
  { concurrency, deployment, region }: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  const probed =
    deployment?.hasProbes === false ? 0 : zones.length + (deployment?.hasStandby === true ? 1 : 0);
  const wanted = runLimits.questionsAtATime * probed + 1;
  if (!concurrency.known || probed === 0 || concurrency.limit >= wanted) {
    return [];
  }
  const take = deployment?.zones.length === zones.length ? 'take' : 'would take';
  return [
    {
      severity: 'warning',
      resource: 'Lambda',
      problem: `At most ${concurrency.limit} functions that reserve nothing may run at once in ${region}, those of others included. While requests fail in every zone, ${probed} probes and the controller ${take} ${wanted}. What is throttled says nothing, so that healing goes by EC2's own checks, and slower.`,
      fix: `Ask for more: aws service-quotas request-service-quota-increase --region ${region} --service-code lambda --quota-code L-B99A9384 --desired-value 1000`,
    },
  ];
}
