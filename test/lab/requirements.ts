import { attempt } from './commands.ts';

/** Whether the lab can be built here. `skip`: the machine is not meant for it. `missing`: it is, but lacks something. */
export type Fitness =
  | { readonly kind: 'fit' }
  | { readonly kind: 'skip'; readonly why: string }
  | { readonly kind: 'missing'; readonly why: string };

const tools = ['ip', 'nft', 'sysctl', 'curl', 'openssl', 'bash'];

export async function judgeMachine(): Promise<Fitness> {
  if (process.platform !== 'linux') {
    return { kind: 'skip', why: `network namespaces are Linux's, this is ${process.platform}` };
  }
  if (process.getuid?.() !== 0) return { kind: 'skip', why: 'network namespaces take root' };
  for (const tool of tools) {
    const { code } = await attempt('sh', ['-c', `command -v ${tool}`]);
    if (code !== 0) return { kind: 'missing', why: `there is no ${tool}; on Debian: ${packagesText}` };
  }
  const trial = await attempt('unshare', ['--net', 'nft', 'add', 'table', 'ip', 'trial']);
  if (trial.code !== 0) {
    return { kind: 'missing', why: `no network namespace with nftables can be made: ${trial.stderr.trim()}` };
  }
  return { kind: 'fit' };
}

const packagesText = 'apt-get install iproute2 nftables procps curl openssl';
