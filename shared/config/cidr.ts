/** True for an IPv4 range such as 10.0.0.0/16. */
export function isCidr(raw: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(raw)?.slice(1).map(Number);
  return parts?.slice(0, 4).every((octet) => octet < 256) === true && (parts[4] ?? 33) <= 32;
}
