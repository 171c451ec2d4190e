import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderNatEnv } from '../../../infra/nat-env.ts';
import { addNamespace, configure, type Namespace, runIn, scratchDir } from '../../lab/network/namespaces.ts';

const root = join(import.meta.dirname, '../../..');

/** A client and a server with a NAT between them, and nothing else on the way. */
export type Topology = { readonly client: Namespace; readonly nat: Namespace; readonly server: Namespace };

export const serverAddress = '198.51.100.10';

export async function buildTopology(): Promise<Topology> {
  const [client, nat, server] = [
    await addNamespace('client'),
    await addNamespace('nat'),
    await addNamespace('server'),
  ];
  await configure(client, [`link add eth0 type veth peer name inside netns ${nat.name}`]);
  await configure(nat, [`link add uplink type veth peer name eth0 netns ${server.name}`]);
  await configure(client, [
    'address add 10.0.1.10/24 dev eth0',
    'link set eth0 up',
    'route add default via 10.0.1.1',
  ]);
  await configure(nat, [
    'address add 10.0.1.1/24 dev inside',
    'link set inside up',
    'address add 198.51.100.1/24 dev uplink',
    'link set uplink up',
    `route add default via ${serverAddress}`,
  ]);
  // The way back that plain forwarding needs; a NAT's packets come from its own address.
  await configure(server, [
    `address add ${serverAddress}/24 dev eth0`,
    'link set eth0 up',
    'route add 10.0.1.0/24 via 198.51.100.1',
  ]);
  return { client, nat, server };
}

/** What forwards in the middle. */
export const forwarders = {
  plain: {
    title: 'plain forwarding, no NAT',
    install: async ({ nat }: Topology) => {
      await reset(nat);
      await runIn(nat, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    },
  },
  phoenat: {
    title: 'Phoenat',
    install: async ({ nat }: Topology) => {
      await reset(nat);
      const dir = scratchDir('nat-etc');
      await mkdir(dir, { recursive: true });
      for (const name of ['nat.nft', 'nat-settings.conf', 'say.sh', 'stand-in.sh']) {
        await copyFile(join(root, 'infra/nat-instance', name), join(dir, name));
      }
      const egress = { traffic: 'web', allowList: [], allowedDomains: [] } as const;
      await writeFile(join(dir, 'nat.env'), renderNatEnv({ ...egress, clientCidrs: ['10.0.0.0/16'] }));
      const env = ['env', `PHOENAT_DIR=${dir}`, `PHOENAT_RUN=${scratchDir('nat-run')}`];
      await runIn(nat, [...env, 'bash', join(root, 'infra/nat-instance/configure.sh')]);
    },
  },
  // fck-nat 1.4 switches forwarding on and adds one rule to iptables' nat table: MASQUERADE on the uplink.
  'fck-nat': {
    title: 'fck-nat 1.4’s rule',
    install: async ({ nat }: Topology) => {
      await reset(nat);
      await runIn(nat, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
      await runIn(nat, ['iptables', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'uplink', '-j', 'MASQUERADE']);
    },
  },
} as const;

export type ForwarderName = keyof typeof forwarders;
export const forwarderNames = ['plain', 'phoenat', 'fck-nat'] as const satisfies readonly ForwarderName[];

async function reset(nat: Namespace): Promise<void> {
  await runIn(nat, ['nft', 'flush', 'ruleset']);
  await runIn(nat, ['conntrack', '-F']);
}
