import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { natMac, publicIp, vpc } from '../network/addresses.ts';

// The instance metadata service, run in the router's namespace: metadata.ts FILE ID VERSION. FILE is the user data, as
// bytes. Where VERSION is 2 alone, who brings no token is refused.

const [file = '', id = '', version = '2'] = process.argv.slice(2);
/** What stands for no token. */
const untold = version === '2' ? '' : 'a-token';
const own = `network/interfaces/macs/${natMac}`;
const zone = 'us-east-1a';

const metadata: Readonly<Record<string, string>> = {
  'ami-id': 'ami-0123456789abcdef0',
  'instance-id': id,
  'instance-type': 't4g.nano',
  'local-ipv4': vpc.nat,
  'public-ipv4': publicIp,
  hostname: 'ip-10-0-0-10.ec2.internal',
  'local-hostname': 'ip-10-0-0-10.ec2.internal',
  mac: natMac,
  'security-groups': 'nat',
  'reservation-id': 'r-0123456789abcdef0',
  'placement/availability-zone': zone,
  'placement/region': zone.slice(0, -1),
  'services/domain': 'amazonaws.com',
  'services/partition': 'aws',
  [`${own}/device-number`]: '0',
  [`${own}/interface-id`]: 'eni-0123456789abcdef0',
  [`${own}/local-ipv4s`]: vpc.nat,
  [`${own}/public-ipv4s`]: publicIp,
  [`${own}/subnet-ipv4-cidr-block`]: '10.0.0.0/24',
};
const identity = JSON.stringify({ instanceId: id, region: zone.slice(0, -1), availabilityZone: zone });

/** What is at a path: a text, the entries of a folder, or nothing. */
function tell(path: string): string | Buffer | undefined {
  const [version = '', kind = '', ...rest] = path.split('/').filter((part) => part !== '');
  if (version === '') return 'latest\n2021-03-23';
  if (kind === '') return 'dynamic\nmeta-data\nuser-data';
  if (kind === 'user-data') return readFileSync(file);
  if (kind === 'dynamic') return rest.at(-1) === 'document' ? identity : 'document';
  if (kind !== 'meta-data') return undefined;
  const wanted = rest.join('/');
  return metadata[wanted] ?? entries(wanted === '' ? '' : `${wanted}/`);
}

function entries(folder: string): string | undefined {
  const below = Object.keys(metadata)
    .filter((key) => key.startsWith(folder))
    .map((key) => key.slice(folder.length).split('/'))
    .map(([first = '', ...more]) => (more.length > 0 ? `${first}/` : first));
  return below.length === 0 ? undefined : [...new Set(below)].join('\n');
}

const server = createServer(({ method, url = '', headers }, response) => {
  if (method === 'PUT') {
    response.writeHead(url === '/latest/api/token' ? 200 : 404).end('a-token');
    return;
  }
  const text = tell(url);
  if ((headers['x-aws-ec2-metadata-token'] ?? untold) !== 'a-token') response.writeHead(401).end();
  else if (text === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'Content-Type': 'text/plain' }).end(text);
});
server.listen(80, vpc.metadata, () => process.stdout.write('ready\n'));
