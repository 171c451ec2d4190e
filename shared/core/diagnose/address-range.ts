/** Whether a range such as 10.0.0.0/16 holds an IPv4 address; both must be such. */
export function isInRange(address: string, cidr: string): boolean {
  const [base = '', length] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  return Math.floor(numberOf(address) / size) === Math.floor(numberOf(base) / size);
}

/** Whether some of these ranges hold both ends of another. */
export function isCovered(cidr: string, ranges: readonly string[]): boolean {
  const [base = '', length] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(numberOf(base) / size) * size;
  return [first, first + size - 1].every((end) => ranges.some((range) => isInRange(addressOf(end), range)));
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function addressOf(number: number): string {
  return [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(number / unit) % 256).join('.');
}
