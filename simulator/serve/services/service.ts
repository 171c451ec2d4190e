import type { LivingAccount } from '../living-account.ts';
import type { Protocol } from '../protocols/protocol.ts';

/** What does an action; its input is one of the SDK's commands. */
export type Operation = (
  account: LivingAccount,
  command: { readonly input: object },
) => Promise<object> | object;

export type Service = {
  readonly protocol: Protocol;
  /** The operation of an action, where this server has it. */
  readonly operationOf: (action: string) => Operation | undefined;
};

/** An operation of a client of the account's, which answers to the SDK's commands. */
export type Sending = { readonly send: unknown };

export function sendTo(client: Sending, command: { readonly input: object }): Promise<object> {
  return (client as { readonly send: (command: object) => Promise<object> }).send(command);
}

export function operationIn(operations: Readonly<Record<string, Operation>>): Service['operationOf'] {
  return (action) => (Object.hasOwn(operations, action) ? operations[action] : undefined);
}

/** A field of an input that is a text. */
export function textIn({ input }: { readonly input: object }, name: string): string | undefined {
  const value: unknown = Reflect.get(input, name);
  return typeof value === 'string' ? value : undefined;
}
