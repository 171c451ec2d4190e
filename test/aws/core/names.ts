/** On everything that a run makes, with the run's name as its value: nothing without it is touched. */
export const runTag = 'phoenat-test-aws';

/** A run's name is the name of its Phoenat stack, and the beginning of every other name. */
export type RunName = `phoenat-test-${string}`;

/** The Phoenat stack before the VPC that it is in: what uses something is removed first. */
export type RunNames = {
  readonly run: RunName;
  /** The client and what it sends to. */
  readonly measuring: string;
  readonly phoenat: string;
  readonly vpc: string;
  readonly bucket: string;
};

const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
const length = 6;

/** `random`: at least six bytes. */
export function newRunName(random: Uint8Array): RunName {
  const text = [...random.subarray(0, length)].map((byte) => letters[byte % letters.length]).join('');
  return `phoenat-test-${text}`;
}

export function parseRunName(text: string): RunName | undefined {
  return isRunName(text) ? text : undefined;
}

function isRunName(text: string): text is RunName {
  return new RegExp(`^phoenat-test-[${letters}]{${length}}$`).test(text);
}

/** Names of buckets are the whole partition's, so the account is in it. */
export function namesOf(run: RunName, accountId: string): RunNames {
  return {
    run,
    measuring: `${run}-measuring`,
    phoenat: run,
    vpc: `${run}-vpc`,
    bucket: `${run}-${accountId}`,
  };
}

/** The run's stacks, in the order in which they can be deleted. */
export function stacksOf({ measuring, phoenat, vpc }: RunNames): readonly string[] {
  return [measuring, phoenat, vpc];
}
