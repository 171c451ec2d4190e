import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { functionBuild } from '../../../scripts/build.ts';
import { ec2Commands } from '../../../shared/aws/api.ts';
import { sampleInput, sampleXml } from './schema-samples.ts';

// The artefact carries a fraction of the SDK. What is left must speak as the whole SDK does: the same bytes sent for an
// input with every member, the same values read from an answer with every member.

type Sdk = { readonly EC2Client: typeof EC2Client; readonly ec2Commands: typeof ec2Commands };
type AnyCommand = DescribeInstancesCommand & { readonly schema: readonly unknown[] };
type Request = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
};
type Answer = { readonly statusCode: number; readonly xml: string };

const names = Object.keys(ec2Commands);
const whole: Sdk = { EC2Client, ec2Commands };
const folder = await mkdtemp(join(tmpdir(), 'phoenat-bundle-'));
const bundled = await bundle();

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The SDK as the build would bundle it for a handler that uses these commands. */
async function bundle(): Promise<Sdk> {
  const { entryPoints: _theHandler, ...options } = functionBuild('controller', folder);
  const contents = `
    export { EC2Client } from '@aws-sdk/client-ec2';
    export { ec2Commands } from './shared/aws/api.ts';`;
  await build({ ...options, stdin: { contents, resolveDir: process.cwd() } });
  return await import(pathToFileURL(join(folder, 'stdin.mjs')).href);
}

function command(sdk: Sdk, name: string, input: unknown): AnyCommand {
  // Seventeen classes, each with an input type of its own, and an input made from the schema: no type can follow.
  const Command = Reflect.get(sdk.ec2Commands, name) as new (input: unknown) => AnyCommand;
  return new Command(input);
}

/** Sends one command to an answer that is already there, and tells what was sent and what was made of the answer. */
async function exchange(sdk: Sdk, name: string, input: unknown, answer: Answer) {
  const sent: unknown[] = [];
  const handle = async ({ method, path, headers, body }: Request) => {
    sent.push({ method, path, type: headers['content-type'], body: String(body).split('&') });
    const bytes = new TextEncoder().encode(answer.xml);
    return { response: { statusCode: answer.statusCode, headers: {}, body: bytes } };
  };
  const client = new sdk.EC2Client({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: { handle },
  });
  try {
    return { sent, value: await client.send(command(sdk, name, input)) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { sent, error: { ...error, name: error.name, message: error.message } };
  }
}

function samples(name: string): { readonly input: unknown; readonly answer: Answer } {
  const [, , , , input, output] = command(whole, name, {}).schema;
  return {
    input: sampleInput(input),
    answer: { statusCode: 200, xml: `<${name}Response>${sampleXml(output)}</${name}Response>` },
  };
}

function refusal(statusCode: number, code: string): Answer {
  const error = `<Error><Code>${code}</Code><Message>The ${code} of it</Message></Error>`;
  return { statusCode, xml: `<Response><Errors>${error}</Errors><RequestID>r-1</RequestID></Response>` };
}

describe('the SDK inside the artefact', () => {
  it.each(names)('sends and reads every member of %s as the whole SDK does', async (name) => {
    const { input, answer } = samples(name);
    const expected = await exchange(whole, name, input, answer);

    expect(expected).not.toHaveProperty('error');
    expect(await exchange(bundled, name, input, answer)).toEqual(expected);
  });

  it.each(names)('reads an error of %s as the whole SDK does', async (name) => {
    const { input } = samples(name);
    for (const answer of [
      refusal(400, 'InvalidInstanceID.NotFound'),
      refusal(500, 'InsufficientInstanceCapacity'),
      refusal(503, 'RequestLimitExceeded'),
      { statusCode: 502, xml: '' },
    ]) {
      const expected = await exchange(whole, name, input, answer);

      expect(expected).toHaveProperty('error.message');
      expect(await exchange(bundled, name, input, answer)).toEqual(expected);
    }
  });

  it('is compared by samples that reach into the depth of inputs and answers', async () => {
    const { input, answer } = samples('RunInstances');
    const { sent, value } = await exchange(bundled, 'RunInstances', input, answer);

    expect(JSON.stringify(sent)).toContain('NetworkInterface.1.PrivateIpAddresses.2.Primary=true');
    expect(value).toMatchObject({
      Instances: [{ NetworkInterfaces: [{ Association: { PublicIp: 'PublicIp <&>é' } }, {}] }, {}],
    });
  });
});
