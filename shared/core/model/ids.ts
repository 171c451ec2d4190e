/**
 * Identifiers of AWS resources, one type each, so that an allocation id cannot stand where an interface id belongs.
 * They are parsed once, where a value enters (an AWS answer, an environment variable, an event); past that point a
 * plain string is never accepted.
 */
declare const kindOf: unique symbol;

/** The prefixes that EC2 puts in front of its resource ids. */
const prefixes = {
  instance: 'i',
  interface: 'eni',
  allocation: 'eipalloc',
  association: 'eipassoc',
  routeTable: 'rtb',
  subnet: 'subnet',
  vpc: 'vpc',
  image: 'ami',
  securityGroup: 'sg',
  natGateway: 'nat',
} as const;

export type IdKind = keyof typeof prefixes;
export type Id<K extends IdKind> = string & { readonly [kindOf]: K };

export type InstanceId = Id<'instance'>;
export type InterfaceId = Id<'interface'>;
export type AllocationId = Id<'allocation'>;
export type AssociationId = Id<'association'>;
export type RouteTableId = Id<'routeTable'>;
export type SubnetId = Id<'subnet'>;
export type VpcId = Id<'vpc'>;
export type ImageId = Id<'image'>;
export type SecurityGroupId = Id<'securityGroup'>;
export type NatGatewayId = Id<'natGateway'>;

/** A zone's name as the configuration gives it, for example "a" or "eu-central-1a". */
export type ZoneName = string & { readonly [kindOf]: 'zone' };
/** The idempotency token of one EC2 request: at most 64 ASCII characters. */
export type ClientToken = string & { readonly [kindOf]: 'clientToken' };

/** The id if `raw` is one of that kind, otherwise undefined: `i-` and so on, then 8 to 17 hexadecimal digits. */
export function parseId<K extends IdKind>(kind: K, raw: unknown): Id<K> | undefined {
  return isId(kind, raw) ? raw : undefined;
}

function isId<K extends IdKind>(kind: K, raw: unknown): raw is Id<K> {
  const prefix = prefixes[kind];
  return typeof raw === 'string' && raw.startsWith(prefix) && hexDigits.test(raw.slice(prefix.length));
}

const hexDigits = /^-[0-9a-f]{8,17}$/;

/** What an id of this kind looks like, for error messages: "eipalloc-…". */
export function idShape(kind: IdKind): string {
  return `${prefixes[kind]}-…`;
}

/** EC2 takes a client token of at most 64 ASCII characters. */
export function parseClientToken(raw: string): ClientToken | undefined {
  return isClientToken(raw) ? raw : undefined;
}

function isClientToken(raw: string): raw is ClientToken {
  return /^[\x21-\x7e]{1,64}$/.test(raw);
}

const zonePattern = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** A zone name: 1 to 32 lower-case letters, digits and hyphens. */
export function parseZoneName(raw: unknown): ZoneName | undefined {
  return isZoneName(raw) ? raw : undefined;
}

function isZoneName(raw: unknown): raw is ZoneName {
  return typeof raw === 'string' && zonePattern.test(raw);
}
