import * as sdk from '@aws-sdk/client-ec2';
import { NormalizedSchema } from '@smithy/core/schema';

/**
 * EC2's query protocol as a server speaks it ("EC2 Query API", EC2 API Reference), by the SDK's own schemas: what they say
 * of names is what the SDK's client sends and understands.
 */
export type SendEc2 = (command: { readonly input: object }) => Promise<object>;
export type HttpAnswer = { readonly status: number; readonly type: string; readonly text: string };

export async function answerEc2(body: string, send: SendEc2): Promise<HttpAnswer> {
  const form = new URLSearchParams(body);
  const action = form.get('Action') ?? '';
  const Command = (sdk as unknown as Readonly<Record<string, CommandClass | undefined>>)[`${action}Command`];
  if (Command === undefined) {
    return failure(400, 'InvalidAction', `The action ${action} is not valid for this web service.`);
  }
  const [, , , , input, output] = new Command({}).schema;
  const fields = new Map([...form].filter(([key]) => key !== 'Action' && key !== 'Version'));
  try {
    const answer = await send(new Command(read(fields, '', NormalizedSchema.of(input))));
    const content = write(answer, NormalizedSchema.of(output));
    return {
      status: 200,
      type: 'text/xml',
      text: `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${content}</${action}Response>`,
    };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : { name: 'InternalError', message: '' };
    return failure(400, name, message);
  }
}

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];
type CommandClass = new (
  input: unknown,
) => { readonly input: object; readonly schema: readonly [0, string, string, 0, SchemaRef, SchemaRef] };

/** The value under `prefix`, or undefined where no field begins so: "Filter.1.Value.2" is in a list in a list. */
function read(fields: ReadonlyMap<string, string>, prefix: string, schema: NormalizedSchema): unknown {
  if (prefix !== '' && ![...fields.keys()].some((key) => key === prefix || key.startsWith(`${prefix}.`))) {
    return undefined;
  }
  if (schema.isStructSchema()) {
    const members = [...schema.structIterator()].map(([name, member]): [string, unknown] => {
      const { ec2QueryName, xmlName } = member.getMergedTraits();
      const key = `${ec2QueryName ?? capital(String(xmlName ?? name))}`;
      return [name, read(fields, prefix === '' ? key : `${prefix}.${key}`, member)];
    });
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }
  if (schema.isListSchema()) {
    const items: unknown[] = [];
    for (let item: unknown = read(fields, `${prefix}.1`, schema.getValueSchema()); item !== undefined; ) {
      items.push(item);
      item = read(fields, `${prefix}.${items.length + 1}`, schema.getValueSchema());
    }
    return items;
  }
  const text = fields.get(prefix) ?? '';
  return schema.isNumericSchema() ? Number(text) : schema.isBooleanSchema() ? text === 'true' : text;
}

function write(value: unknown, schema: NormalizedSchema): string {
  if (schema.isStructSchema()) {
    return [...schema.structIterator()]
      .map(([name, member]) => {
        const content: unknown = Object(value)[name];
        const tag = String(member.getMergedTraits().xmlName ?? name);
        return content === undefined ? '' : `<${tag}>${write(content, member)}</${tag}>`;
      })
      .join('');
  }
  if (schema.isListSchema() && Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item) => `<item>${write(item, schema.getValueSchema())}</item>`).join('');
  }
  return escaped(value instanceof Date ? value.toISOString() : String(value));
}

function failure(status: number, code: string, message: string): HttpAnswer {
  const text = `<Response><Errors><Error><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error></Errors><RequestID>r</RequestID></Response>`;
  return { status, type: 'text/xml', text };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replaceAll(/[&<>]/g, (mark) => entities[mark] ?? mark);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
