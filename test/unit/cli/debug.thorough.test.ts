import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { afterAll, describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../../cli/without-secrets.ts';

const main = new URL('../../../cli/main.ts', import.meta.url).pathname;
const secret = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
const token = 'IQoJb3JpZ2luX2VjEXAMPLETOKEN/with+signs==';
const servers: Server[] = [];

afterAll(() => {
  for (const server of servers.splice(0)) server.close();
});

/** CloudFormation on this machine, which refuses the signature and repeats what was signed, as AWS does. */
async function refusingAws(): Promise<string> {
  const server = createServer((request, response) => {
    const canonical = `POST\n/\n\nhost:cloudformation\nx-amz-security-token:${request.headers['x-amz-security-token']}\n\nhost;x-amz-date`;
    response.writeHead(403, { 'content-type': 'text/xml', 'x-amzn-requestid': 'request-1' });
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The Canonical String should have been '${canonical}'</Message></Error><RequestId>request-1</RequestId></ErrorResponse>`,
    );
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}`;
}

async function run(args: readonly string[]): Promise<{ code: unknown; out: string; err: string }> {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: await refusingAws(),
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_SESSION_TOKEN: token,
  };
  const child = spawn(process.execPath, [main, ...args], { env });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { code, out, err };
}

describe('--debug', () => {
  // A process of its own is most of what a test here costs.
  const ran = { before: run(['--debug', 'status']), without: run(['status']) };

  it('tells calls with their ids and times, and the error with its stack, on standard error', async () => {
    const { code, out, err } = await ran.before;

    expect([code, out]).toEqual([3, '']);
    expect(err).toMatch(
      /^debug: CloudFormation DescribeStacks: SignatureDoesNotMatch: [\s\S]*?, \d+ ms, HTTP 403, request request-1$/m,
    );
    expect(err).toMatch(/^ {4}at .*\n/m);
    expect(err).toMatch(/^phoenat: AWS does not know these credentials/m);
  });

  it('tells no secret, and neither does the error without it', async () => {
    for (const { err } of [await ran.before, await ran.without]) {
      expect(err).toContain('x-amz-security-token:[hidden]');
      expect(err).not.toContain(secret);
      expect(err).not.toContain(token);
    }
  });

  it('is needed for that: otherwise there is one sentence', async () => {
    const { err } = await ran.without;

    expect(err).not.toMatch(/debug:|^ {4}at /m);
  });
});

describe('without secrets', () => {
  it.each([
    'https://b.s3.amazonaws.com/k?X-Amz-Security-Token=SECRET&X-Amz-Date=1',
    'https://b.s3.amazonaws.com/k?X-Amz-Signature=SECRET',
    'Authorization: AWS4-HMAC-SHA256 Credential=AKID/1, SignedHeaders=host, Signature=SECRET',
    '{"secretAccessKey":"SECRET","sessionToken":"SECRET"}',
    'aws_secret_access_key = SECRET',
    "headers: { 'x-amz-security-token': 'SECRET' }",
  ])('%s', (text) => {
    expect(withoutSecrets(text)).not.toContain('SECRET');
    expect(withoutSecrets(text)).toContain('[hidden]');
  });

  it('leaves the rest as it is', () => {
    const text = 'User: arn:aws:iam::1:user/x is not authorized to perform: ec2:DescribeVpcs';

    expect(withoutSecrets(text)).toBe(text);
  });
});
