import { NormalizedSchema } from '@smithy/core/schema';
import { type HttpAnswer, ServiceFault } from '../http-answer.ts';
import { checkSent, type Protocol, type SdkCommands } from './protocol.ts';

export type JsonVersion = '1.0' | '1.1';

/** Names the action in a header, and has JSON in and out (Smithy, "AWS JSON 1.1 protocol"). */
export function jsonProtocol(version: JsonVersion, commands: SdkCommands): Protocol {
  const answer = (status: number, value: object): HttpAnswer => ({
    status,
    headers: { 'content-type': `application/x-amz-json-${version}` },
    text: asJson(value),
  });
  return {
    read: (request) => {
      checkSent(request, /^application\/(x-amz-json-1\.\d|json)\b/i, `application/x-amz-json-${version}`);
      const { headers, body } = request;
      const action = headers['x-amz-target']?.split('.').at(-1) ?? '';
      const Command = commands[`${action}Command`];
      if (Command === undefined) {
        throw new ServiceFault('UnknownOperationException', `X-Amz-Target names no action: "${action}"`);
      }
      const schema = NormalizedSchema.of(new Command({}).schema[4]);
      return { action, command: new Command(fitting(parsed(body), schema, '')) };
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

/** The value that a schema describes: null is what is not there, and what no schema knows is passed over, as AWS does. */
function fitting(value: unknown, schema: NormalizedSchema, place: string): unknown {
  if (schema.isStructSchema()) {
    const fields = Object(ofKind(value, isRecord(value), 'a structure', place));
    const members = [...schema.structIterator()].filter(
      ([name]) => (Object.hasOwn(fields, name) ? fields[name] : null) !== null,
    );
    return Object.fromEntries(
      members.map(([name, member]) => [name, fitting(fields[name], member, `${place}/${name}`)]),
    );
  }
  if (schema.isListSchema()) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [];
    ofKind(value, Array.isArray(value), 'a list', place);
    return items.map((item, index) => fitting(item, schema.getValueSchema(), `${place}/${index}`));
  }
  if (schema.isMapSchema()) return ofKind(value, isRecord(value), 'a map', place);
  if (schema.isNumericSchema() || schema.isTimestampSchema()) {
    return ofKind(value, typeof value === 'number', 'a number', place);
  }
  if (schema.isBooleanSchema()) return ofKind(value, typeof value === 'boolean', 'a Boolean', place);
  return ofKind(value, typeof value === 'string', 'a text', place);
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ofKind(value: unknown, isOfKind: boolean, kind: string, place: string): unknown {
  if (isOfKind) return value;
  throw new ServiceFault('SerializationException', `The value at ${place} is not ${kind}`);
}

/** Times are seconds since 1970, and bytes are in Base64. */
export function asJson(value: unknown): string {
  return JSON.stringify(value, function (this: object, key, shown: unknown) {
    const original: unknown = Reflect.get(this, key);
    if (original instanceof Date) return original.getTime() / 1000;
    return original instanceof Uint8Array ? Buffer.from(original).toString('base64') : shown;
  });
}
