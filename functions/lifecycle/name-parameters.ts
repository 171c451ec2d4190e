import { textField } from '../../shared/events/fields.ts';

/** The template's parameter for each variable that its functions read. */
const parameters: Readonly<Record<string, string>> = {
  PHOENAT_VPC_ID: 'VpcId',
  PHOENAT_AMI: 'AmiSelector',
  PHOENAT_INSTANCE_TYPES: 'InstanceTypes',
  PHOENAT_CLIENT_CIDRS: 'ClientCidrs',
  PHOENAT_TRAFFIC: 'Traffic',
  PHOENAT_EGRESS_ALLOW_LIST: 'EgressAllowList',
  PHOENAT_ALLOWED_DOMAINS: 'AllowedDomains',
  PHOENAT_ADMIN_CIDR: 'AdminCidr',
  PHOENAT_TAGS: 'Tags',
  PHOENAT_VOLUME_GIB: 'VolumeGiB',
  PHOENAT_READY_TIMEOUT_SECONDS: 'ReadyTimeoutSeconds',
  PHOENAT_MAX_LAUNCHES_PER_HOUR: 'MaxLaunchesPerHour',
  PHOENAT_MAX_INSTANCE_AGE_DAYS: 'MaxInstanceAgeDays',
  PHOENAT_METRIC_NAMESPACE: 'MetricNamespace',
};

const zoneParameters: Readonly<Record<string, string>> = {
  publicSubnet: 'PublicSubnet',
  privateSubnets: 'PrivateSubnets',
  allocationId: 'AllocationId',
};

/** What is wrong with the settings, in the words of whoever deploys: parameters, and not the functions' variables. */
export function nameParameters(message: string, zonesJson: string | undefined): string {
  const zones = zoneNames(zonesJson);
  return message
    .replaceAll(/PHOENAT_ZONES\[(\d+)\]\.(\w+)/g, (whole, index: string, key: string) => {
      const [zone, parameter] = [zones[Number(index)], zoneParameters[key]];
      return zone === undefined || parameter === undefined ? whole : `Zone${zone.toUpperCase()}${parameter}`;
    })
    .replaceAll(/PHOENAT_ZONES (\w+)/g, 'the zones’ $1')
    .replaceAll(/PHOENAT_[A-Z_]+/g, (name) => parameters[name] ?? name);
}

function zoneNames(json: string | undefined): string[] {
  try {
    const zones: unknown = JSON.parse(json ?? '');
    return Array.isArray(zones) ? zones.map((zone) => textField(zone, 'name') ?? '') : [];
  } catch {
    return [];
  }
}
