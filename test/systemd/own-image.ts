import { builderScript } from '../../cli/bake/builder-script.ts';
import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import { type Machine, patience, type SeedFile } from './machine.ts';
import { dnf } from './stand-ins.ts';

const script = '/var/lib/cloud/instance/scripts/part-001';
const hash = '0123456789abcdef';

/** What an instance has of its own after a boot, and what of an administrator's. */
const traces: readonly SeedFile[] = [
  '/etc/ssh/ssh_host_ed25519_key',
  '/etc/ssh/ssh_host_ed25519_key.pub',
  '/root/.ssh/authorized_keys',
  '/home/ec2-user/.ssh/authorized_keys',
  '/root/.bash_history',
  '/home/ec2-user/.python_history',
  '/etc/sudoers.d/90-cloud-init-users',
  '/var/lib/cloud/data/instance-id',
  '/var/lib/systemd/random-seed',
  '/var/lib/dhclient/dhclient.leases',
  '/var/lib/amazon/ssm/registration',
  '/var/log/amazon/ssm/amazon-ssm-agent.log',
  '/var/log/journal/0123456789abcdef0123456789abcdef/system.journal',
  '/var/cache/dnf/packages',
  '/var/tmp/left',
  '/etc/phoenat/nat.env',
].map((path) => ({ path, content: 'of one instance\n' }));

/** As on a builder: cloud-init runs what the user data brings, and goes on for a while. */
function builder(refusals: number): { readonly userData: string; readonly seed: readonly SeedFile[] } {
  const content = builderScript()
    .replaceAll('@HASH@', hash)
    .replace('sleep 20', 'sleep 2')
    .replace('sleep $((try * 5))', 'sleep 1');
  const cloudInit = ['#!/bin/bash', '[ "$1" != status ] || sleep 2', ''].join('\n');
  return {
    userData: JSON.stringify({ bootcmd: [], runcmd: [`bash ${script}`] }),
    seed: [
      { path: script, permissions: '0700', content },
      { path: '/usr/local/bin/cloud-init', permissions: '0755', content: cloudInit },
      { path: '/var/log/cloud-init-output.log', content: 'of one instance\n' },
      ...dnf(refusals),
      ...traces,
    ],
  };
}

/** What `phoenat bake` runs on its builder, to its end. */
export const ownImage: Case = {
  name: 'own-image',
  about:
    "the builder of an image of one's own installs all, leaves nothing of itself and powers off, or says why not",
  play: async (stage, section) => {
    const { userData, seed } = builder(1);
    const machine = stage.machineOf('builder', userData, seed);
    await machine.boot();
    const off = await machine.comes(patience, () => !machine.isOn);
    section.check('the power is off', off, off ? 'off' : 'still on');
    const said = machine.console.match(/^phoenat bake: .*$/gm) ?? [];
    section.check(
      'it says so before, and that it is complete',
      said.at(-1) === `phoenat bake: complete ${hash}`,
      said.join(', '),
    );
    judgeDisk(machine, section);
    const without = builder(1_000);
    const failing = stage.machineOf('failing', without.userData, without.seed);
    await failing.boot();
    const why = /^phoenat bake: failed: nftables cannot be installed: dnf: no route to host/m;
    const told = await failing.comes(patience, () => why.test(failing.console));
    section.check('what cannot be installed is said', told, told ? 'it is' : failing.console.slice(-300));
    const timer = await failing.output('systemctl is-active phoenat-bake-end.timer');
    section.check('it stays on, to be looked at, and not for ever', timer === 'active', timer);
    section.check(
      'and is never complete',
      !failing.console.includes('phoenat bake: complete'),
      `${failing.isOn ? 'on' : 'off'}`,
    );
  },
};

function judgeDisk(machine: Machine, section: Section): void {
  const left = traces.filter(({ path }) => machine.onDisk(path) !== undefined).map(({ path }) => path);
  section.check('nothing of one instance is left', left.length === 0, left.join(', ') || 'nothing');
  const id = machine.onDisk('/etc/machine-id');
  section.check('the machine id is empty, and there', id === '', JSON.stringify(id));
  const log = machine.onDisk('/var/log/cloud-init-output.log');
  section.check('logs are empty', log === '', JSON.stringify(log));
  for (const program of ['nft', 'squid']) {
    const there = machine.onDisk(`/usr/sbin/${program}`) !== undefined;
    section.check(`${program} is there`, there, there ? 'there' : 'missing');
  }
}
