import { isCovered } from '../shared/core/diagnose/address-range.ts';
import type { EgressRule, EgressSettings } from '../shared/core/model/settings.ts';
import { type DurationMs, secondMs } from '../shared/core/model/time.ts';

/** The port of a NAT instance's health endpoint. The template's security group opens it to the same group only. */
export const healthPort = 8765;

/** What configure.sh, bootstrap.sh and health.sh read: shell assignments. The values were checked when they were parsed. */
export function renderNatEnv(
  egress: EgressSettings,
  handOverMs?: DurationMs,
  watches = false,
  hasStandby = false,
  flowTable = false,
): string {
  const { clientCidrs, allowedDomains, adminCidr } = egress;
  const filtered = egress.allowList.length > 0 || allowedDomains.length > 0;
  return [
    ...(clientCidrs.length === 0 ? [] : [`CLIENT_CIDRS="${clientCidrs.join(' ')}"`]),
    `EGRESS="${egressRules(egress).join(';')}"`,
    `NAMES="${allowedDomains.join(' ')}"`,
    `FILTERED="${filtered ? '1' : ''}"`,
    `HEALTH_PORT=${healthPort}`,
    ...(handOverMs === undefined ? [] : [`HAND_OVER_SECONDS=${Math.round(handOverMs / secondMs)}`]),
    // Who is told of no other zone's addresses may have somebody who carries its traffic all the same.
    ...(hasStandby ? ['STANDBY=1'] : []),
    ...(watches ? ['WATCH=1'] : []),
    ...(flowTable ? ['FLOW_TABLE=1'] : []),
    ...(adminCidr === undefined ? [] : [`ADMIN_CIDR="${adminCidr}"`]),
    '',
  ].join('\n');
}

/** A list of destinations replaces what the traffic would allow; names alone allow no destination by address. */
function egressRules({ traffic, allowList, allowedDomains }: EgressSettings): string[] {
  if (allowList.length > 0) {
    return withoutCovered(allowList).map(({ protocol, port, cidr }) => `${protocol} ${port} ${cidr}`);
  }
  if (allowedDomains.length > 0) {
    return [];
  }
  switch (traffic) {
    case 'https':
      return ['tcp 443 0.0.0.0/0'];
    case 'web':
      return ['tcp 443 0.0.0.0/0', 'tcp 80 0.0.0.0/0'];
    case 'all':
      return ['all'];
  }
}

/** The kernel's set of destinations refuses one that another holds. Of two that are the same, the first stays. */
function withoutCovered(rules: readonly EgressRule[]): EgressRule[] {
  return rules.filter(
    (rule, index) =>
      !rules.some(
        (other, at) =>
          at !== index &&
          other.protocol === rule.protocol &&
          other.port === rule.port &&
          isCovered(rule.cidr, [other.cidr]) &&
          (at < index || !isCovered(other.cidr, [rule.cidr])),
      ),
  );
}
