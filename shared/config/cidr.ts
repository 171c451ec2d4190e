import { isInRange } from '../core/diagnose/address-range.ts';

/** True for an IPv4 range such as 10.0.0.0/16. */
export function isCidr(raw: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(raw)?.slice(1).map(Number);
  return parts?.slice(0, 4).every((octet) => octet < 256) === true && (parts[4] ?? 33) <= 32;
}

/** True for an IPv4 address in decimal, without leading zeroes: some programs take those for octal. */
export function isAddress(raw: string): boolean {
  const octets = raw.split('.');
  return (
    octets.length === 4 && octets.every((octet) => /^(?:0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)
  );
}

/** RFC 1918, and the range that carriers and container networks use (RFC 6598). */
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];
/** This host, the link (metadata and DNS of EC2 among it), multicast and what is reserved (RFC 6890). */
const specialRanges = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'];

/** True for an IPv4 address of a private range. */
export function isPrivateAddress(raw: string): boolean {
  return isAddress(raw) && privateRanges.some((range) => isInRange(raw, range));
}

/** True for an IPv4 address that the internet may have. */
export function isPublicAddress(raw: string): boolean {
  return isAddress(raw) && ![...privateRanges, ...specialRanges].some((range) => isInRange(raw, range));
}
