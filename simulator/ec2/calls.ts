import {
  type Ec2CallName,
  type Ec2Commands,
  type Ec2Input,
  type Ec2Output,
  ec2Commands,
  lifecycleEc2Commands,
} from '../../shared/aws/api.ts';
import { isReading } from '../../shared/aws/is-reading.ts';
import { NotSimulated } from './aws-error.ts';

/** A call with its input, the two belonging together; comparing `name` tells which input it is. */
export type Ec2Call<N extends Ec2CallName = Ec2CallName> = {
  [K in N]: { readonly name: K; readonly input: Ec2Input<K> };
}[N];

/** What answers each call. */
export type Answering<Context> = {
  readonly [N in Ec2CallName]: (context: Context, input: Ec2Input<N>) => Ec2Output<N>;
};

/** Every EC2 call that the project makes. */
export const everyEc2Command: Ec2Commands = { ...ec2Commands, ...lifecycleEc2Commands };
const names = Object.keys(everyEc2Command).filter((name): name is Ec2CallName => name in everyEc2Command);
const nameOfClass = new Map<unknown, Ec2CallName>(names.map((name) => [everyEc2Command[name], name]));

/** @throws NotSimulated if the project does not make this call. */
export function callOf(command: { readonly input: object }): Ec2Call {
  const name = nameOfClass.get(command.constructor);
  if (name === undefined) {
    throw new NotSimulated(`${command.constructor.name} is not one of the calls in shared/aws/api.ts`);
  }
  // The name was found by the command's class, so the input is that command's.
  return { name, input: copyOf(command.input) } as Ec2Call;
}

/** Inputs consist of scalars, lists and records; `structuredClone`, which knows more, takes ten times as long. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value);
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) copy[key] = copyOf(entry);
  return copy;
}

export function isMutating(name: Ec2CallName): boolean {
  return !isReading(name);
}

/**
 * Guards against a parameter that would be ignored in silence.
 * @throws NotSimulated naming the parameter.
 */
export function allowOnly(where: string, given: object | undefined, supported: readonly string[]): void {
  for (const [parameter, value] of Object.entries(given ?? {})) {
    if (value !== undefined && !supported.includes(parameter)) {
      throw new NotSimulated(`${where}: the parameter ${parameter} is not simulated`);
    }
  }
}
