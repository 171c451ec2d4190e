import type { Ec2Api } from '../../shared/aws/api.ts';
import type { DurationMs } from '../../shared/core/model/time.ts';

/** The implementations of EC2 that are held to one contract. */
export type SubjectName = 'simulator' | 'moto';

/** A VPC as the contract wants to find it: nothing in it belongs to anybody else. */
export type ContractVpc = {
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly internetGatewayId: string;
  readonly natGatewayId: string;
  /** Its table's default route points at the internet gateway; it assigns no public addresses. */
  readonly publicSubnetId: string;
  readonly publicRouteTableId: string;
  /** Its table's default route points at the NAT gateway. */
  readonly privateSubnetId: string;
  readonly privateRouteTableId: string;
  /** Without a default route and without a subnet of its own. */
  readonly mainRouteTableId: string;
  readonly securityGroupId: string;
  /** Two Elastic IPs that are on nothing. */
  readonly allocationId: string;
  readonly otherAllocationId: string;
  /** An Amazon Linux 2023 image for arm64. */
  readonly imageId: string;
};

/** One implementation, ready for one check. */
export type Subject = {
  readonly ec2: Ec2Api;
  readonly vpc: ContractVpc;
  /** What this check's resources are tagged with, so that no other check sees them. */
  readonly stack: string;
  /** Awaits an answer, moving the time on where time is simulated. */
  readonly run: <T>(answer: Promise<T>) => Promise<T>;
  /** Lets time pass in the implementation; where nothing happens by itself, it does nothing. */
  readonly pass: (durationMs: DurationMs) => Promise<void>;
};

/** The error code with which a call was refused, or `accepted`. */
export async function outcomeOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
    return 'accepted';
  } catch (error) {
    if (error instanceof Error) return error.name;
    throw error;
  }
}

const lookEveryMs: DurationMs = 5_000;
const looks = 60;

/** Reads until the value is as wanted, for five minutes of the subject's time; gives the last value, wanted or not. */
export async function eventually<T>(
  subject: Subject,
  read: () => Promise<T>,
  isWanted: (value: T) => boolean,
): Promise<T> {
  let value = await read();
  for (let look = 1; look < looks && !isWanted(value); look += 1) {
    await subject.pass(lookEveryMs);
    value = await read();
  }
  return value;
}

/** For what an answer must contain for the check to go on. */
export function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the answer has no ${what}`);
  return value;
}
