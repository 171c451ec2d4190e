import { type HttpAnswer, ServiceFault } from '../http-answer.ts';
import type { Protocol, SdkCommands } from './protocol.ts';

export type JsonVersion = '1.0' | '1.1';

/** Names the action in a header, and has JSON in and out (Smithy, "AWS JSON 1.1 protocol"). */
export function jsonProtocol(version: JsonVersion, commands: SdkCommands): Protocol {
  const answer = (status: number, value: object): HttpAnswer => ({
    status,
    headers: { 'content-type': `application/x-amz-json-${version}` },
    text: asJson(value),
  });
  return {
    read: ({ headers, body }) => {
      const action = headers['x-amz-target']?.split('.').at(-1) ?? '';
      const Command = commands[`${action}Command`];
      if (Command === undefined) throw new ServiceFault('UnknownOperationException', '');
      return { action, command: new Command(parsed(body)) };
    },
    write: (_asked, output) => answer(200, output),
    fail: ({ name, message, status }) => answer(status, { __type: name, message }),
  };
}

function parsed(body: string): object {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ServiceFault('SerializationException', 'The request body is no JSON object');
  }
  return value;
}

/** Times are seconds since 1970, and bytes are in Base64. */
export function asJson(value: unknown): string {
  return JSON.stringify(value, function (this: object, key, shown: unknown) {
    const original: unknown = Reflect.get(this, key);
    if (original instanceof Date) return original.getTime() / 1000;
    return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : shown;
  });
}
