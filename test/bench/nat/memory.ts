import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt } from '../../lab/commands.ts';
import { runIn, scratchDir } from '../../lab/network/namespaces.ts';
import { forwarders, type Topology } from './topology.ts';

const root = join(import.meta.dirname, '../../..');

export type Memory = {
  /** Processes of ours that stay resident without the name filter. */
  readonly residentProcesses: number;
  /** The name filter's processes: the sum of their proportional shares (PSS). Absent where Squid is not installed. */
  readonly nameFilterKiB?: number;
};

export async function measureMemory(topology: Topology): Promise<Memory> {
  await runIn(topology.nat, ['nft', 'flush', 'ruleset']);
  const before = await pids(topology);
  await forwarders.phoenat.install(topology);
  const residentProcesses = (await pids(topology)).length - before.length;
  const nameFilterKiB = await squidKiB(topology);
  return { residentProcesses, ...(nameFilterKiB === undefined ? {} : { nameFilterKiB }) };
}

async function pids({ nat }: Topology): Promise<string[]> {
  const { stdout } = await attempt('ip', ['netns', 'pids', nat.name]);
  return stdout.split('\n').filter((line) => line !== '');
}

async function squidKiB(topology: Topology): Promise<number | undefined> {
  if ((await attempt('sh', ['-c', 'command -v squid'])).code !== 0) {
    return undefined;
  }
  const dir = scratchDir('squid');
  const certificate = join(dir, 'squid.pem');
  const subject = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=phoenat'];
  await attempt('openssl', ['req', ...subject, '-keyout', certificate, '-out', join(dir, 'squid.crt')]);
  await writeFile(certificate, `${await readFile(certificate)}${await readFile(join(dir, 'squid.crt'))}`);
  const template = await readFile(join(root, 'infra/nat-instance/squid.conf'), 'utf8');
  const text = template
    .replaceAll('@NAMES@', '.example.com')
    .replaceAll('/etc/phoenat/squid.pem', certificate)
    .replaceAll('/run/phoenat', dir);
  await writeFile(join(dir, 'squid.conf'), text);
  // Squid gives its rights up; Debian's user is proxy, Amazon Linux's squid.
  await attempt('sh', ['-c', `chown -R proxy ${dir} || chown -R squid ${dir}`]);
  const before = await pids(topology);
  const squid = spawn(
    'ip',
    ['netns', 'exec', topology.nat.name, 'squid', '--foreground', '-f', join(dir, 'squid.conf')],
    {
      stdio: 'ignore',
    },
  );
  const added = async () => (await pids(topology)).filter((pid) => !before.includes(pid));
  // A parent and the process that does the work; it takes a moment to read its configuration.
  for (let tries = 0; tries < 20 && (await added()).length < 2; tries += 1) await sleep(500);
  await sleep(2_000);
  const own = await added();
  const shares = await Promise.all(own.map(pssKiB));
  for (const pid of own) await attempt('kill', ['-9', pid]);
  squid.kill('SIGKILL');
  if (own.length < 2) throw new Error('Squid did not start with infra/nat-instance/squid.conf');
  return shares.reduce((sum, share) => sum + share, 0);
}

async function pssKiB(pid: string): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
}
