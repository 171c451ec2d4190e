import type { CheckedControl, DoctorFinding, Inventory } from '../inventory.ts';
import { allowYourself } from './allow-yourself.ts';

/**
 * VPC Encryption Controls. In the mode enforce, EC2 refuses what does not encrypt: instances of older types, and internet
 * gateways and functions in the VPC that are not excluded (VPC User Guide, "Enforce VPC encryption in transit").
 */
export function encryptionFindings(inventory: Inventory): DoctorFinding[] {
  const { encryption, vpc } = inventory;
  if (!encryption.known) {
    return [
      {
        severity: 'note',
        resource: vpc.id,
        problem: `Whether VPC Encryption Controls refuse NAT instances in this VPC is unknown: ${encryption.detail}.`,
        fix: allowYourself(['ec2:DescribeVpcEncryptionControls'], [encryption.detail]),
      },
    ];
  }
  const { control } = encryption;
  if (control === undefined) {
    return [];
  }
  return isEnforced(control) ? enforced(control, inventory) : watched(control, inventory);
}

function isEnforced({ mode, state }: CheckedControl): boolean {
  return mode === 'enforce' || state === 'enforce-in-progress';
}

function wordsOf({ mode, state, message }: CheckedControl): string {
  const detail = state === undefined || state === 'available' ? '' : `, ${state}`;
  return `${mode}${detail}${message === undefined ? '' : `: ${message}`}`;
}

function enforced(control: CheckedControl, inventory: Inventory): DoctorFinding[] {
  const { vpc } = inventory;
  return [
    ...gatewayFindings(control, inventory),
    ...functionFindings(control, inventory),
    ...typeFindings(control, inventory),
    {
      severity: 'warning',
      resource: vpc.id,
      problem: `VPC Encryption Controls enforce encryption in this VPC (${wordsOf(control)}). Phoenat has not been tried in such a VPC, and whether what clients send to the internet through an instance counts as encrypted on its way there is not documented.`,
      fix: `Try it in another VPC first, in the mode monitor, in which this says what EC2 would refuse: ${hindrancesIn(inventory)}`,
    },
  ];
}

function hindrancesIn({ region, vpc }: Inventory): string {
  return `aws ec2 get-vpc-resources-blocking-encryption-enforcement --region ${region} --vpc-id ${vpc.id}`;
}

function exclude(control: CheckedControl, what: string, { region }: Inventory): string {
  return `aws ec2 modify-vpc-encryption-control --region ${region} --vpc-encryption-control-id ${control.id ?? 'vpcec-…'} --${what}-exclusion enable`;
}

function gatewayFindings(control: CheckedControl, inventory: Inventory): DoctorFinding[] {
  const state = control.exclusions.internetGateway;
  if (state === 'enabled') {
    return [];
  }
  return [
    {
      severity: state === 'enabling' ? 'warning' : 'error',
      resource: inventory.vpc.id,
      problem: `VPC Encryption Controls (${wordsOf(control)}) refuse an internet gateway that is not excluded, and this VPC's exclusion is ${state ?? 'not there'}: a NAT instance would have no way to the internet.`,
      fix:
        state === 'enabling'
          ? 'Wait, and run doctor again.'
          : exclude(control, 'internet-gateway', inventory),
    },
  ];
}

/** Lambda has a reason of its own for it: DisallowedByVpcEncryptionControl (Lambda API Reference, StateReasonCode). */
function functionFindings(control: CheckedControl, inventory: Inventory): DoctorFinding[] {
  const state = control.exclusions.lambda;
  if (state === 'enabled' || inventory.deployment?.hasProbes === false) {
    return [];
  }
  return [
    {
      severity: state === 'enabling' ? 'warning' : 'error',
      resource: inventory.vpc.id,
      problem: `VPC Encryption Controls (${wordsOf(control)}) refuse functions in the VPC, such as Phoenat's probes, unless they are excluded, and this VPC's exclusion of Lambda is ${state ?? 'not there'}.`,
      fix:
        state === 'enabling'
          ? 'Wait, and run doctor again.'
          : `Deploy with Probe=off, or exclude them: ${exclude(control, 'lambda', inventory)}`,
    },
  ];
}

function typeFindings({ types }: CheckedControl, inventory: Inventory): DoctorFinding[] {
  const resource = 'InstanceTypes';
  if (!types.known) {
    return [
      {
        severity: 'warning',
        resource,
        problem: `Whether these types encrypt what they send, without which EC2 refuses them in this VPC, is unknown: ${types.detail}.`,
        fix: allowYourself(['ec2:DescribeInstanceTypes'], [types.detail]),
      },
    ];
  }
  const { encrypting, plain, unlisted } = types;
  const unsaid: DoctorFinding[] =
    unlisted.length === 0
      ? []
      : [
          {
            severity: 'warning',
            resource,
            problem: `Of ${unlisted.join(', ')} EC2 does not say whether what they send is encrypted.`,
            fix: `Choose types of which it does: ${encryptingTypes(inventory)}`,
          },
        ];
  if (plain.length === 0) {
    return unsaid;
  }
  const rest =
    encrypting.length === 0
      ? ''
      : ` ${encrypting.join(', ')} would do. With which error EC2 refuses the others is not documented, and so not whether these are tried then.`;
  return [
    {
      severity: encrypting.length === 0 ? 'error' : 'warning',
      resource,
      problem: `${plain.join(', ')} ${plain.length === 1 ? 'does' : 'do'} not encrypt what ${plain.length === 1 ? 'it sends' : 'they send'} to other instances: EC2 refuses that in this VPC.${rest}`,
      fix: `Set InstanceTypes to types that do: ${encryptingTypes(inventory)}`,
    },
    ...unsaid,
  ];
}

/** Of the same architecture, where an image is known: any other would need another image. */
function encryptingTypes({ region, images }: Inventory): string {
  const architecture = (images.known ? images.chosen[0]?.architecture : undefined) ?? 'arm64';
  return `aws ec2 describe-instance-types --region ${region} --filters Name=network-info.encryption-in-transit-supported,Values=true Name=processor-info.supported-architecture,Values=${architecture} --query 'InstanceTypes[].InstanceType'`;
}

/** Nothing is refused. But whoever wants to enforce it later meets what is here. */
function watched(control: CheckedControl, inventory: Inventory): DoctorFinding[] {
  const { types, exclusions } = control;
  const hindrances = [
    ...(types.known && types.plain.length > 0 ? [`${types.plain.join(', ')}, which do not encrypt`] : []),
    ...(exclusions.internetGateway === 'enabled' ? [] : ['the internet gateway, which is not excluded']),
    ...(exclusions.lambda === 'enabled' || inventory.deployment?.hasProbes === false
      ? []
      : ["Phoenat's probes, since functions are not excluded"]),
  ];
  const unknown = types.known ? '' : ` Whether the instance types encrypt is unknown: ${types.detail}.`;
  return hindrances.length === 0 && unknown === ''
    ? []
    : [
        {
          severity: 'note',
          resource: inventory.vpc.id,
          problem: `VPC Encryption Controls only watch this VPC (${wordsOf(control)}): nothing is refused. In the way of the mode enforce ${hindrances.length === 1 ? 'is' : 'are'} ${hindrances.join('; ') || 'perhaps others'}.${unknown}`,
          fix: `Leave it. Before anybody enforces, see all that is in the way: ${hindrancesIn(inventory)}`,
        },
      ];
}
