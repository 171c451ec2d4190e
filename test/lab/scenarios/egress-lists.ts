import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt } from '../commands.ts';
import { hostIp, routerIpFor, service, servicePort, vpcCidr } from '../network/address-plan.ts';
import type { Host, Lab } from '../network/lab.ts';
import { attemptIn, type Namespace, scratchDir } from '../network/namespaces.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import type { Section } from '../report.ts';
import type { LabScenario } from './lab-scenario.ts';

const elasticIp = '203.0.113.7';
const natIp = '10.0.0.4';
const names = 'www.example.com .example.net';

/** What a client tries. `passes`: it gets 200 from the server; otherwise it must not. */
type Attempt = { readonly what: string; readonly curl: readonly string[]; readonly passes: boolean };

const to = (name: string, address: string, port: number = servicePort) => [
  '--resolve',
  `${name}:${port}:${address}`,
  `${port === 80 ? 'http' : 'https'}://${name}/`,
];

const byName: readonly Attempt[] = [
  { what: 'TLS, an allowed name', curl: to('www.example.com', service.web), passes: true },
  { what: 'TLS, below an allowed suffix', curl: to('www.example.net', service.web), passes: true },
  { what: 'TLS, another name', curl: to('www.example.org', service.web), passes: false },
  { what: 'TLS, a neighbour of an allowed name', curl: to('api.example.com', service.web), passes: false },
  { what: 'TLS, a bare address', curl: [`https://${service.web}/`], passes: false },
  {
    what: 'TLS, an allowed name and a false address',
    curl: to('www.example.com', service.trap),
    passes: false,
  },
  { what: 'plain HTTP, an allowed host', curl: to('www.example.com', service.web, 80), passes: true },
  { what: 'plain HTTP, another host', curl: to('www.example.org', service.web, 80), passes: false },
  { what: 'plain HTTP, a bare address', curl: [`http://${service.web}/`], passes: false },
  {
    what: 'plain HTTP, a false Host',
    curl: ['--header', 'Host: www.example.com', `http://${service.trap}/`],
    passes: false,
  },
  { what: 'plain HTTP on the port of TLS', curl: [`http://${service.web}:${servicePort}/`], passes: false },
];

const byAddress: readonly Attempt[] = [
  { what: 'an allowed address and port', curl: to('www.example.com', service.web), passes: true },
  { what: 'an allowed address, another port', curl: to('www.example.com', service.web, 80), passes: false },
  { what: 'another address', curl: [`https://${service.upload}/`], passes: false },
];

/** The allow-lists, by address and by name, with Squid as it is shipped. */
export const egressLists: LabScenario = {
  name: 'egress-lists',
  about:
    'what is on the allow-lists passes, everything else is cut: by address, and by name where Squid is installed',
  play: async (lab, section) => {
    await showAddresses(lab, section);
    if ((await attempt('sh', ['-c', 'command -v squid'])).code !== 0) {
      section.note('by name: skipped, there is no squid; on Debian: apt-get install squid-openssl');
      return;
    }
    await showNames(lab, section);
  },
};

async function showAddresses(lab: Lab, section: Section): Promise<void> {
  const nat = await aimed(lab, { EGRESS: `tcp ${servicePort} ${service.web}/32`, FILTERED: '1' });
  const host = lab.host('a1');
  await tryAll(byAddress, host, section);
  const health = await nat.health();
  section.check(
    'what was refused is counted',
    refusedIn(health.body) > 0,
    `${refusedIn(health.body)} packets`,
  );
  await nat.destroy();
}

async function showNames(lab: Lab, section: Section): Promise<void> {
  const nat = await aimed(lab, { EGRESS: '', NAMES: names, FILTERED: '1' });
  const host = lab.host('b1');
  const closed = await head(host, to('www.example.com', service.web));
  section.check('nothing is open while Squid is not there', closed !== '200', told(closed));
  const health = await nat.health();
  section.check(
    'the health endpoint says so',
    health.status === 503,
    /"problems": (\[.*?\])/.exec(health.body)?.[1] ?? '',
  );
  const squid = await startSquid(nat.namespace);
  try {
    await tryAll(byName, host, section);
    await showLog(section, nat);
    await showQuic(lab, host, section);
    await showResolver(lab, host, section);
    const trapped = await lab.internet.trapped();
    section.check('no packet has reached the false address', trapped === 0, `${trapped} packets`);
  } finally {
    squid.kill('SIGKILL');
  }
}

async function aimed(lab: Lab, env: Readonly<Record<string, string>>): Promise<NatInstance> {
  const nat = await lab.bootNat([natIp], env);
  await nat.connect();
  await lab.setPolicy({ elastic: new Map([[elasticIp, natIp]]), checked: new Map(), dead: new Set() });
  const via = { address: natIp, device: nat.device };
  await lab.router.setRoutes(lab.hosts.map(({ plan }) => ({ plan, via })));
  return nat;
}

async function tryAll(attempts: readonly Attempt[], host: Host, section: Section): Promise<void> {
  for (const { what, curl, passes } of attempts) {
    const status = await head(host, curl);
    section.check(`${what} ${passes ? 'passes' : 'does not'}`, (status === '200') === passes, told(status));
  }
}

/** The status of the answer, 000 where there was none. */
async function head(host: Host, args: readonly string[]): Promise<string> {
  const quiet = ['--silent', '--insecure', '--head', '--max-time', '2', '--output', '/dev/null'];
  const command = ['curl', ...quiet, '--write-out', '%{http_code}', ...args];
  return (await attemptIn(host.namespace, command)).stdout.trim();
}

function told(status: string): string {
  return status === '000' ? 'cut' : `answered with ${status}`;
}

function refusedIn(health: string): number {
  return Number(/"refused": \{"packets": (\d+)/.exec(health)?.[1] ?? 0);
}

/** One line for each attempt, with what became of it, and none for who only asks whether Squid is there. */
async function showLog(section: Section, nat: NatInstance): Promise<void> {
  await nat.health();
  const readLines = () =>
    readFileSync(logFile(scratchDir('squid')), 'utf8')
      .trim()
      .split('\n');
  // Squid writes a line when the connection has ended.
  for (let tries = 0; tries < 60 && readLines().length < byName.length; tries += 1) await sleep(500);
  await sleep(500);
  const lines = readLines();
  for (const [word, passes] of [
    ['allowed', true],
    ['refused', false],
  ] as const) {
    const found = lines.filter((line) => line.startsWith(`phoenat ${word} 10.`)).length;
    const wanted = byName.filter((attempt) => attempt.passes === passes).length;
    section.check(`the log has a line for each that was ${word}`, found === wanted, `${found} of ${wanted}`);
  }
  const others = lines.filter((line) => !/^phoenat (allowed|refused) 10\./.test(line));
  section.check('and no other', others.length === 0, others[0] ?? 'none');
}

async function showQuic(lab: Lab, host: Host, section: Section): Promise<void> {
  const before = await lab.internet.arrived();
  await attemptIn(host.namespace, ['bash', '-c', `echo hello >/dev/udp/${service.web}/${servicePort}`]);
  await sleep(200);
  const arrived = (await lab.internet.arrived()) - before;
  section.check('QUIC does not', arrived === 0, `${arrived} packets arrived`);
}

/** The VPC's resolver answers inside the VPC: no question passes the NAT, whatever it filters (VPC User Guide, "DNS"). */
async function showResolver(lab: Lab, host: Host, section: Section): Promise<void> {
  const address = routerIpFor(hostIp(host.plan));
  const program =
    "const s=require('dgram').createSocket('udp4');s.on('message',(_,from)=>s.send('answer\\n',from.port,from.address));s.bind(53)";
  const resolver = spawn(
    'ip',
    ['netns', 'exec', lab.router.namespace.name, process.execPath, '--eval', program],
    { stdio: 'ignore' },
  );
  const ask = `exec 3<>/dev/udp/${address}/53; for try in 1 2 3 4 5 6 7 8; do echo question >&3; answer=$(timeout 1 head -n 1 <&3) && break; done; echo "$answer"`;
  try {
    const answer = (await attemptIn(host.namespace, ['bash', '-c', ask])).stdout.trim();
    section.check('DNS does', answer === 'answer', answer === '' ? 'no answer' : answer);
  } finally {
    resolver.kill('SIGKILL');
  }
}

/** As phoenat-names.service starts it, with the lab's names instead of a resolver. */
async function startSquid(namespace: Namespace): Promise<ChildProcess> {
  const dir = scratchDir('squid');
  const pem = join(dir, 'squid.pem');
  const subject = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=phoenat'];
  await attempt('openssl', ['req', ...subject, '-keyout', pem, '-out', join(dir, 'squid.crt')]);
  writeFileSync(pem, `${readFileSync(pem, 'utf8')}${readFileSync(join(dir, 'squid.crt'), 'utf8')}`);
  writeFileSync(
    join(dir, 'hosts'),
    `${service.web} www.example.com www.example.net www.example.org api.example.com\n`,
  );
  const template = readFileSync(join(import.meta.dirname, '../../../infra/nat-instance/squid.conf'), 'utf8');
  const text = template
    .replaceAll('@NAMES@', names)
    .replaceAll('/etc/phoenat/squid.pem', pem)
    .replaceAll('/run/phoenat', dir)
    .replaceAll('syslog:daemon.info', `stdio:${logFile(dir)}`);
  writeFileSync(join(dir, 'squid.conf'), `${text}hosts_file ${join(dir, 'hosts')}\n`);
  // Squid gives its rights up; Debian's user is proxy, Amazon Linux's squid.
  await attempt('sh', ['-c', `chown -R proxy ${dir} || chown -R squid ${dir}`]);
  const command = ['netns', 'exec', namespace.name, 'squid', '--foreground', '-f', join(dir, 'squid.conf')];
  const squid = spawn('ip', command, { stdio: 'ignore' });
  await answering(namespace);
  return squid;
}

/** Instead of the journal. */
const logFile = (dir: string) => join(dir, 'access.log');

async function answering(namespace: Namespace): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    const { code } = await attemptIn(namespace, ['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/3128']);
    if (code === 0) return;
    await sleep(200);
  }
  throw new Error(`Squid did not start with infra/nat-instance/squid.conf (clients: ${vpcCidr})`);
}
