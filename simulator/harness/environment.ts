import type { ImageChoice, Settings } from '../../shared/core/model/settings.ts';
import { dayMs, secondMs } from '../../shared/core/model/time.ts';

/** The environment variables that the template would set for these settings: what the controller really parses. */
export function environmentOf(settings: Settings): Record<string, string> {
  return {
    PHOENAT_STACK: settings.stack,
    PHOENAT_ACCOUNT: settings.accountId ?? '',
    PHOENAT_VPC_ID: settings.vpcId,
    PHOENAT_ZONES: JSON.stringify(
      settings.zones.map((zone) => ({
        name: zone.name,
        publicSubnet: zone.publicSubnetId,
        privateSubnets: zone.privateSubnetIds,
        allocationId: zone.allocationId,
      })),
    ),
    PHOENAT_AMI: imageText(settings.image),
    PHOENAT_INSTANCE_TYPES: settings.instanceTypes.join(','),
    PHOENAT_SECURITY_GROUPS: settings.securityGroupIds.join(','),
    PHOENAT_INSTANCE_PROFILE_ARN: settings.instanceProfileArn ?? '',
    PHOENAT_CLIENT_CIDRS: settings.egress.clientCidrs.join(','),
    PHOENAT_TRAFFIC: settings.egress.traffic,
    PHOENAT_EGRESS_ALLOW_LIST: settings.egress.allowList
      .map(({ cidr, port, protocol }) => `${cidr}:${port}/${protocol}`)
      .join(','),
    PHOENAT_ALLOWED_DOMAINS: settings.egress.allowedDomains.join(','),
    PHOENAT_ADMIN_CIDR: settings.egress.adminCidr ?? '',
    PHOENAT_TAGS: settings.tags.map(({ key, value }) => `${key}=${value}`).join(','),
    PHOENAT_VOLUME_GIB: String(settings.volumeGiB),
    PHOENAT_READY_TIMEOUT_SECONDS: String(settings.readyTimeoutMs / secondMs),
    PHOENAT_MAX_LAUNCHES_PER_HOUR: String(settings.maxLaunchesPerHour),
    PHOENAT_MAX_INSTANCE_AGE_DAYS: String((settings.maxInstanceAgeMs ?? 0) / dayMs),
    PHOENAT_METRIC_NAMESPACE: settings.metricNamespace,
  };
}

function imageText(image: ImageChoice): string {
  switch (image.kind) {
    case 'preset':
      return image.preset;
    case 'custom':
      return `${image.owner}:${image.namePattern}`;
    case 'fixed':
      return image.imageId;
  }
}
