import { attempt } from '../lab/commands.ts';
import type { Fitness } from '../lab/requirements.ts';
import type { ImageKind } from './image.ts';

type Needs = { readonly tools: readonly string[]; readonly packages: string };

const shared = [
  'unshare',
  'nsenter',
  'flock',
  'ip',
  'nft',
  'sysctl',
  'curl',
  'openssl',
  'dnsmasq',
  'mmdebstrap',
];
const sharedPackages = 'util-linux iproute2 nftables procps curl openssl dnsmasq-base mmdebstrap';

const needs: Readonly<Record<ImageKind, Needs>> = {
  container: {
    tools: [...shared, 'systemd-nspawn'],
    packages: `${sharedPackages} systemd-container`,
  },
  machine: {
    tools: [...shared, 'qemu-system-x86_64', 'qemu-img', 'mke2fs'],
    packages: `${sharedPackages} qemu-system-x86 qemu-utils e2fsprogs`,
  },
};

/** Whether machines of a kind can be made here. */
export async function judgeMachine(kind: ImageKind): Promise<Fitness> {
  if (process.platform !== 'linux') {
    return { kind: 'skip', why: `its namespaces are Linux's, this is ${process.platform}` };
  }
  if (process.getuid?.() !== 0) return { kind: 'skip', why: 'images and namespaces take root' };
  const { tools, packages } = needs[kind];
  for (const tool of tools) {
    const { code } = await attempt('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${tool}`]);
    if (code !== 0) {
      return { kind: 'missing', why: `there is no ${tool}; on Debian: apt-get install ${packages}` };
    }
  }
  if (kind === 'machine' && process.arch !== 'x64') {
    return {
      kind: 'skip',
      why: `the emulated machine is an x86 one, whose kernel is not built on ${process.arch}`,
    };
  }
  const namespaces = [
    '--mount',
    '--pid',
    '--fork',
    '--mount-proc',
    '--net',
    '--time',
    '--propagation',
    'private',
  ];
  const trial =
    'mkdir -p /run/netns && mount -t tmpfs t /run/netns && mount -t cgroup2 none /sys/fs/cgroup && nft add table ip trial';
  const { code, stderr } = await attempt('unshare', [...namespaces, 'sh', '-c', trial]);
  if (code !== 0) return { kind: 'missing', why: `no namespaces can be made: ${stderr.trim()}` };
  return { kind: 'fit' };
}
