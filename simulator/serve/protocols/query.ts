import { NormalizedSchema } from '@smithy/core/schema';
import { type HttpAnswer, ServiceFault } from '../http-answer.ts';
import { type Asked, checkSent, type Protocol, type SdkCommands } from './protocol.ts';

/** EC2 has a dialect of its own: other names of fields, lists without a level of their own, another frame for errors. */
export type Dialect = 'query' | 'ec2';
export type QueryService = {
  readonly dialect: Dialect;
  readonly version: string;
  readonly namespace: string;
  readonly commands: SdkCommands;
};

/** AWS's query protocol: a form goes in, XML comes out ("EC2 Query API", EC2 API Reference; Smithy, "AWS query protocol"). */
export function queryProtocol(service: QueryService): Protocol {
  return {
    read: (request) => {
      checkSent(request, /^application\/x-www-form-urlencoded\b/i, 'application/x-www-form-urlencoded');
      return readForm(service, new URLSearchParams(request.body));
    },
    write: ({ action, command }, output) =>
      xml(200, frame(service, action, writeValue(output, outputOf(command), service.dialect))),
    fail: (fault) => xml(fault.status, frameOfFault(service, fault)),
  };
}

function readForm({ commands, version, dialect }: QueryService, form: URLSearchParams): Asked {
  const action = form.get('Action') ?? '';
  const Command = commands[`${action}Command`];
  if (action === '') {
    throw new ServiceFault('MissingAction', 'The request must contain the parameter Action');
  }
  if (Command === undefined || form.get('Version') !== version) {
    const place = `the version ${form.get('Version') ?? '(none)'} of this web service`;
    throw new ServiceFault('InvalidAction', `The action ${action} is not valid for ${place}.`);
  }
  const fields = new Map([...form].filter(([key]) => key !== 'Action' && key !== 'Version'));
  const reader = new FormReader(fields, dialect);
  const input = reader.read('', NormalizedSchema.of(new Command({}).schema[4]));
  const [unknown] = reader.unread();
  if (unknown !== undefined) {
    throw new ServiceFault('UnknownParameter', `The parameter ${unknown} is not recognized`);
  }
  return { action, command: new Command(input) };
}

/** Reads fields into the value that a schema describes, and remembers which it has read. */
class FormReader {
  readonly #fields: ReadonlyMap<string, string>;
  readonly #dialect: Dialect;
  readonly #read = new Set<string>();
  readonly #prefixes: ReadonlySet<string>;

  constructor(fields: ReadonlyMap<string, string>, dialect: Dialect) {
    this.#fields = fields;
    this.#dialect = dialect;
    this.#prefixes = new Set([...fields.keys()].flatMap(prefixesOf));
  }

  unread(): string[] {
    return [...this.#fields.keys()].filter((key) => !this.#read.has(key));
  }

  /** The value under `prefix`, or undefined where no field begins so: "Filter.1.Value.2" is in a list in a list. */
  read(prefix: string, schema: NormalizedSchema): unknown {
    if (prefix !== '' && !this.#prefixes.has(prefix)) return undefined;
    if (schema.isStructSchema()) return this.#struct(prefix, schema);
    if (schema.isListSchema()) return this.#list(prefix, schema);
    return this.#scalar(prefix, schema);
  }

  #struct(prefix: string, schema: NormalizedSchema): object {
    const members = [...schema.structIterator()].map(([name, member]): [string, unknown] => {
      const key = this.#keyOf(name, member);
      return [name, this.read(prefix === '' ? key : `${prefix}.${key}`, member)];
    });
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }

  #keyOf(name: string, member: NormalizedSchema): string {
    const { ec2QueryName, xmlName } = member.getMergedTraits();
    return this.#dialect === 'ec2'
      ? String(ec2QueryName ?? capital(String(xmlName ?? name)))
      : String(xmlName ?? name);
  }

  #list(prefix: string, schema: NormalizedSchema): unknown[] {
    const isFlat = this.#dialect === 'ec2' || schema.getMergedTraits().xmlFlattened !== undefined;
    const items: unknown[] = [];
    // An empty list is its name alone.
    if (this.#fields.get(prefix) === '') this.#read.add(prefix);
    for (;;) {
      const key = `${prefix}${isFlat ? '' : '.member'}.${items.length + 1}`;
      const item = this.read(key, schema.getValueSchema());
      if (item === undefined) return items;
      items.push(item);
    }
  }

  #scalar(key: string, schema: NormalizedSchema): unknown {
    const text = this.#fields.get(key);
    if (text === undefined) return undefined;
    this.#read.add(key);
    if (schema.isNumericSchema()) return numberIn(key, text);
    if (schema.isBooleanSchema()) return booleanIn(key, text);
    if (schema.isTimestampSchema()) return timeIn(key, text);
    return schema.isBlobSchema() ? Buffer.from(text, 'base64') : text;
  }
}

/** No input of AWS's is nested deeper; of a key with a million dots, the rest is in nobody's schema. */
const maxDepth = 16;

/** "Filter.1.Value.2", "Filter.1.Value", "Filter.1", "Filter". */
function prefixesOf(key: string): string[] {
  const parts = key.split('.', maxDepth);
  return [key, ...parts.map((_part, index) => parts.slice(0, index + 1).join('.'))];
}

function timeIn(key: string, text: string): Date {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new ServiceFault('InvalidParameterValue', `Value (${text}) for parameter ${key} is invalid.`);
}

function numberIn(key: string, text: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) {
    throw new ServiceFault('InvalidParameterValue', `Value (${text}) for parameter ${key} is invalid.`);
  }
  return Number(text);
}

function booleanIn(key: string, text: string): boolean {
  if (!/^(true|false)$/i.test(text)) {
    throw new ServiceFault('InvalidParameterValue', `Invalid value '${text}' for ${key}: true or false`);
  }
  return text.toLowerCase() === 'true';
}

function outputOf(command: Asked['command']): NormalizedSchema {
  return NormalizedSchema.of(command.schema[5]);
}

function writeValue(value: unknown, schema: NormalizedSchema, dialect: Dialect): string {
  if (schema.isStructSchema()) {
    return [...schema.structIterator()]
      .map(([name, member]) => {
        const content: unknown = Object(value)[name];
        const tag = String(member.getMergedTraits().xmlName ?? name);
        return content === undefined ? '' : `<${tag}>${writeValue(content, member, dialect)}</${tag}>`;
      })
      .join('');
  }
  if (schema.isListSchema() && Array.isArray(value)) {
    const tag = dialect === 'ec2' ? 'item' : 'member';
    const items: readonly unknown[] = value;
    return items
      .map((item) => `<${tag}>${writeValue(item, schema.getValueSchema(), dialect)}</${tag}>`)
      .join('');
  }
  if (schema.isMapSchema()) {
    const entries: readonly [string, unknown][] = Object.entries(Object(value));
    return entries
      .map(
        ([key, entry]) => `<entry><key>${escaped(key)}</key><value>${escaped(String(entry))}</value></entry>`,
      )
      .join('');
  }
  return escaped(value instanceof Date ? value.toISOString() : String(value));
}

/** The same for every answer: nobody looks for it anywhere. */
const requestId = '00000000-0000-4000-8000-000000000000';

function frame({ dialect, namespace }: QueryService, action: string, content: string): string {
  return dialect === 'ec2'
    ? `<${action}Response xmlns="${namespace}"><requestId>${requestId}</requestId>${content}</${action}Response>`
    : `<${action}Response xmlns="${namespace}"><${action}Result>${content}</${action}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
}

/** What has gone wrong before it was known which of these services was asked. */
export function failForm(fault: ServiceFault): HttpAnswer {
  const namespace = 'http://webservices.amazon.com/AWSFault/2005-15-09';
  return xml(fault.status, frameOfFault({ dialect: 'query', namespace }, fault));
}

function frameOfFault(
  { dialect, namespace }: Pick<QueryService, 'dialect' | 'namespace'>,
  { name, message, status }: ServiceFault,
): string {
  const what = `<Code>${escaped(name)}</Code><Message>${escaped(message)}</Message>`;
  if (dialect === 'ec2') {
    return `<Response><Errors><Error>${what}</Error></Errors><RequestID>${requestId}</RequestID></Response>`;
  }
  const whose = status < 500 ? 'Sender' : 'Receiver';
  return `<ErrorResponse xmlns="${namespace}"><Error><Type>${whose}</Type>${what}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function xml(status: number, text: string): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8' },
    text: `<?xml version="1.0" encoding="UTF-8"?>\n${text}`,
  };
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** XML 1.0 has no place for other control characters. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant
  const clean = text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');
  return clean.replaceAll(/[&<>]/g, (mark) => entities[mark] ?? mark);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
