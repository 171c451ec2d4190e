/** As nearly every family orders them; some lack one, or have another between two (EC2 User Guide, "Instance types"). */
const sizes = [
  'nano',
  'micro',
  'small',
  'medium',
  'large',
  'xlarge',
  '2xlarge',
  '4xlarge',
  '8xlarge',
  '12xlarge',
  '16xlarge',
  '24xlarge',
];
/** Types with CPU credits end earlier. */
const largestBurstable = '2xlarge';

/**
 * The next larger type of the same family, by the usual order of sizes: whether EC2 has it, only EC2 knows. Undefined
 * where the family ends, and for a size that the order does not know.
 */
export function nextLargerType(instanceType: string): string | undefined {
  const [family = '', size = ''] = instanceType.split('.');
  const order = /^t\d/.test(family) ? sizes.slice(0, sizes.indexOf(largestBurstable) + 1) : sizes;
  const next = order.includes(size) ? order[order.indexOf(size) + 1] : undefined;
  return next === undefined ? undefined : `${family}.${next}`;
}
