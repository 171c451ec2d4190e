import { NormalizedSchema } from '@smithy/core/schema';
import { type HttpAnswer, type HttpRequest, ServiceFault } from '../http-answer.ts';
import { asJson } from './json.ts';
import type { Asked, CommandClass, Protocol, SdkCommands } from './protocol.ts';

/** One action as its schema places it: "POST /2015-03-31/functions/{FunctionName}/invocations". */
type Route = {
  readonly action: string;
  readonly method: string;
  readonly path: RegExp;
  readonly Command: CommandClass;
};

/** Paths, queries and headers say what is asked for (Smithy, "AWS restJson1 protocol"); Lambda speaks it. */
export function restJsonProtocol(commands: SdkCommands): Protocol {
  const routes = Object.entries(commands).flatMap(([name, Command]) => routeOf(name, Command));
  return {
    read: (request) => readRequest(routes, request),
    write: writeAnswer,
    fail: ({ name, message, status }) => ({
      status,
      headers: { 'content-type': 'application/json', 'x-amzn-errortype': name },
      text: JSON.stringify({ Type: status < 500 ? 'User' : 'Server', message }),
    }),
  };
}

function routeOf(name: string, Command: CommandClass | undefined): Route[] {
  if (Command === undefined || !name.endsWith('Command') || name.startsWith('$')) return [];
  const http = Reflect.get(Object(new Command({}).schema[3]), 'http');
  if (!Array.isArray(http)) return [];
  const pattern = String(http[1])
    .replace(/\/$/, '')
    .replaceAll(/\{(\w+)\+?\}/g, '(?<$1>[^/]+)');
  const path = new RegExp(`^${pattern}/?$`);
  return [{ action: name.slice(0, -'Command'.length), method: String(http[0]), path, Command }];
}

function readRequest(routes: readonly Route[], { method, target, headers, body }: HttpRequest): Asked {
  const { pathname, searchParams } = new URL(`http://localhost${target}`);
  const route = routes.find((candidate) => candidate.method === method && candidate.path.test(pathname));
  if (route === undefined) {
    throw new ServiceFault('UnknownOperationException', `No action has ${method} ${pathname}`, 404);
  }
  const { action, path, Command } = route;
  const labels = path.exec(pathname)?.groups ?? {};
  const rest = new Map<string, unknown>();
  const members = [...NormalizedSchema.of(new Command({}).schema[4]).structIterator()];
  const input = members.map(([name, member]): [string, unknown] => {
    const { httpLabel, httpQuery, httpHeader, httpPayload } = member.getMergedTraits();
    if (httpLabel !== undefined) return [name, decoded(labels[name] ?? '')];
    if (httpQuery !== undefined) return [name, searchParams.get(String(httpQuery)) ?? undefined];
    if (httpHeader !== undefined) return [name, headers[String(httpHeader).toLowerCase()]];
    if (httpPayload !== undefined) return [name, body === '' ? undefined : body];
    rest.set(name, undefined);
    return [name, undefined];
  });
  const given = rest.size > 0 && body !== '' ? fieldsOf(body) : {};
  const known = input.filter(([, value]) => value !== undefined);
  return { action, command: new Command({ ...given, ...Object.fromEntries(known) }) };
}

function decoded(label: string): string {
  try {
    return decodeURIComponent(label);
  } catch {
    throw new ServiceFault('InvalidRequestContentException', `"${label}" is no part of a path`);
  }
}

function fieldsOf(body: string): object {
  try {
    return Object(JSON.parse(body));
  } catch {
    throw new ServiceFault('InvalidRequestContentException', 'Could not parse request body into json');
  }
}

function writeAnswer({ command }: Asked, output: object): HttpAnswer {
  let status = 200;
  let payload: string | undefined;
  const headers: Record<string, string> = {};
  const fields: Record<string, unknown> = {};
  for (const [name, member] of NormalizedSchema.of(command.schema[5]).structIterator()) {
    const value: unknown = Reflect.get(output, name);
    const { httpResponseCode, httpHeader, httpPayload } = member.getMergedTraits();
    if (value === undefined) continue;
    if (httpResponseCode !== undefined) status = Number(value);
    else if (httpHeader !== undefined) headers[String(httpHeader).toLowerCase()] = String(value);
    else if (httpPayload !== undefined) payload = new TextDecoder().decode(value as Uint8Array);
    else fields[name] = value;
  }
  const hasPayload = payload !== undefined || Object.keys(fields).length === 0;
  const text = hasPayload ? (payload ?? '') : asJson(fields);
  return { status, headers: { 'content-type': 'application/json', ...headers }, text };
}
