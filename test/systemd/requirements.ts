import { existsSync } from 'node:fs';
import { attempt } from '../lab/commands.ts';
import type { Fitness } from '../lab/requirements.ts';

const tools = [
  'unshare',
  'nsenter',
  'script',
  'ip',
  'nft',
  'squid',
  'openssl',
  'iptables',
  'sysctl',
  'pkill',
  'python3',
];
const packages =
  'apt-get install systemd dbus util-linux bsdutils iproute2 nftables squid-openssl openssl iptables procps python3';

/** Whether machines can be booted here. */
export async function judgeMachine(): Promise<Fitness> {
  if (process.platform !== 'linux') {
    return { kind: 'skip', why: `systemd is Linux's, this is ${process.platform}` };
  }
  if (process.getuid?.() !== 0) return { kind: 'skip', why: 'booting systemd in namespaces takes root' };
  if (!['/lib/systemd/systemd', '/usr/lib/systemd/systemd'].some((path) => existsSync(path))) {
    return { kind: 'missing', why: `there is no systemd; on Debian: ${packages}` };
  }
  for (const tool of tools) {
    const { code } = await attempt('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${tool}`]);
    if (code !== 0) return { kind: 'missing', why: `there is no ${tool}; on Debian: ${packages}` };
  }
  const overlay =
    'd=$(mktemp -d) && mount -t tmpfs t "$d" && cd "$d" && mkdir u w r && mount -t overlay o -o lowerdir=/,upperdir=u,workdir=w r && mkdir c && mount -t cgroup2 none c';
  const namespaces = ['--mount', '--pid', '--fork', '--net', '--cgroup', '--uts', '--ipc'];
  const trial = await attempt('unshare', [...namespaces, 'sh', '-c', overlay]);
  if (trial.code !== 0) {
    return { kind: 'missing', why: `no namespaces with an overlay of this machine: ${trial.stderr.trim()}` };
  }
  return { kind: 'fit' };
}
