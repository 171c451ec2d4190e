import { createHash, createHmac } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';

// The instance metadata service and EventBridge, run inside a machine's network: watch-server.ts TAG EVENTS. The file TAG has
// the tag that says whom to watch, none where it is empty. Beside a file TAG.carried its Elastic IP is elsewhere. What is put on the bus is written to EVENTS, a line each, where
// its signature is right: it is made here as AWS documents it.

const [tagFile = '', eventsFile = ''] = process.argv.slice(2);
const secret = 'a-secret';
const metadata: Readonly<Record<string, string>> = {
  'instance-id': 'i-0aaaaaaaaaaaaaaaa',
  'placement/region': 'eu-central-1',
  'services/domain': 'amazonaws.com',
  'tags/instance/phoenat:stack': 'nat',
  mac: '02:00:00:00:00:01',
  'network/interfaces/macs/02:00:00:00:00:01/public-ipv4s': '203.0.113.7',
  'iam/security-credentials/': 'nat-role',
  'iam/security-credentials/nat-role': JSON.stringify({
    AccessKeyId: 'AKIDEXAMPLE',
    SecretAccessKey: secret,
    Token: 'a-session-token',
  }),
};

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

function isSigned({ headers }: IncomingMessage, body: string): boolean {
  const [, day, region, names = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/(\d{8})\/([\w-]+)\/events\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w+)$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const date = String(headers['x-amz-date']);
  const needed = ['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target'];
  if (day === undefined || region === undefined || !needed.every((name) => names.split(';').includes(name))) {
    return false;
  }
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, sha(body)].join('\n');
  const scope = `${day}/${region}/events/aws4_request`;
  const key = ['events', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secret}`, day), region));
  return (
    hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha(canonical)].join('\n')).toString('hex') === signature
  );
}

function told(path: string): string | undefined {
  const name = path.replace('/latest/meta-data/', '');
  if (name.endsWith('/public-ipv4s') && existsSync(`${tagFile}.carried`)) return undefined;
  if (name.endsWith('/local-ipv4s')) return '10.0.0.10\n10.0.0.12';
  const tag = name === 'tags/instance/phoenat:watch' ? readFileSync(tagFile, 'utf8').trim() : '';
  return tag === '' ? metadata[name] : tag;
}

function answer(request: IncomingMessage, body: string): readonly [number, string] {
  const { method, url = '', headers } = request;
  if (method === 'PUT' && url === '/latest/api/token') return [200, 'a-token'];
  if (method === 'POST') {
    const isRight = isSigned(request, body) && headers['x-amz-target'] === 'AWSEvents.PutEvents';
    appendFileSync(eventsFile, `${isRight ? body : 'with a wrong signature'}\n`);
    return isRight
      ? [200, JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] })]
      : [403, '{}'];
  }
  const text = headers['x-aws-ec2-metadata-token'] === 'a-token' ? told(url) : undefined;
  return text === undefined ? [404, ''] : [200, text];
}

createServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => {
    body += part.toString();
  });
  request.on('end', () => {
    const [status, text] = answer(request, body);
    response.writeHead(status).end(text);
  });
}).listen(80, '169.254.169.254');
