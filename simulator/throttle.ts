import type { Ec2CallName } from '../shared/aws/api.ts';
import { isReading } from '../shared/aws/is-reading.ts';
import type { EpochMs } from '../shared/core/model/time.ts';

export type Bucket = { readonly max: number; readonly refillPerSecond: number };

/** EC2 developer guide, "Request throttling for the Amazon EC2 API": per account, Region and action. */
export const documentedBuckets = {
  describe: { max: 100, refillPerSecond: 20 },
  describeUnfiltered: { max: 50, refillPerSecond: 10 },
  mutate: { max: 50, refillPerSecond: 5 },
  launch: { max: 5, refillPerSecond: 2 },
  terminate: { max: 100, refillPerSecond: 5 },
  tags: { max: 100, refillPerSecond: 10 },
  networkInterfaces: { max: 100, refillPerSecond: 5 },
} as const satisfies Record<string, Bucket>;

export type BucketName = keyof typeof documentedBuckets;

const bucketOfMutation: Partial<Record<Ec2CallName, BucketName>> = {
  RunInstances: 'launch',
  TerminateInstances: 'terminate',
  CreateTags: 'tags',
  DeleteTags: 'tags',
  CreateNetworkInterface: 'networkInterfaces',
  DeleteNetworkInterface: 'networkInterfaces',
  ModifyNetworkInterfaceAttribute: 'networkInterfaces',
};

const expensiveWhenUnfiltered: ReadonlySet<Ec2CallName> = new Set([
  'DescribeInstances',
  'DescribeInstanceStatus',
  'DescribeNetworkInterfaces',
]);

const narrowingParameters = [
  'Filters',
  'MaxResults',
  'NextToken',
  'InstanceIds',
  'NetworkInterfaceIds',
] as const;

/** Which documented limit a call counts against. Every action has a bucket of its own with these numbers. */
export function bucketOf(name: Ec2CallName, input: object): BucketName {
  if (!isReading(name)) return bucketOfMutation[name] ?? 'mutate';
  const narrowed = narrowingParameters.some((parameter) => Reflect.get(input, parameter) !== undefined);
  return expensiveWhenUnfiltered.has(name) && !narrowed ? 'describeUnfiltered' : 'describe';
}

/** Token buckets: each starts full and refills steadily. */
export class Throttle {
  readonly #buckets: Readonly<Record<string, Bucket>>;
  readonly #levels = new Map<string, { tokens: number; at: EpochMs }>();

  constructor(buckets: Readonly<Record<string, Bucket>>) {
    this.#buckets = buckets;
  }

  /** Takes one token; false: the request is over the limit. */
  admits(name: Ec2CallName, input: object, now: EpochMs): boolean {
    const kind = bucketOf(name, input);
    const bucket = this.#buckets[kind];
    if (bucket === undefined) return true;
    const key = `${kind} ${name}`;
    const level = this.#levels.get(key) ?? { tokens: bucket.max, at: now };
    const refilled = ((now - level.at) / 1_000) * bucket.refillPerSecond;
    const tokens = Math.min(bucket.max, level.tokens + refilled);
    const admitted = tokens >= 1;
    this.#levels.set(key, { tokens: admitted ? tokens - 1 : tokens, at: now });
    return admitted;
  }
}
