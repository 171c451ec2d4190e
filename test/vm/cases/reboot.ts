import type { Case } from '../case.ts';
import type { Machine } from '../machine.ts';
import { bootEnds, forwardingIsOn, forwards, isWell } from './claims.ts';

/** Writes down whether packets are forwarded at a moment at which the rules are not there, from early in each boot on. */
const watch = [
  {
    path: '/usr/local/sbin/watch-forwarding',
    permissions: '0755',
    content: `#!/bin/bash
while sleep 0.02; do
  read -r on </proc/sys/net/ipv4/ip_forward
  echo "$on" >>/run/watched
  # Listed by python3 or nft is dear: the mark of the rules is enough while there is no forwarding.
  if [ "$on" = 1 ] && [ ! -e /run/phoenat/boot-rules ]; then echo early >>/run/early; fi
  if [ -e /run/phoenat/boot-forwarding ]; then exit; fi
done
`,
  },
  {
    path: '/etc/systemd/system/watch-forwarding.service',
    content: `[Unit]
DefaultDependencies=no
Before=systemd-sysctl.service
[Service]
ExecStart=/usr/local/sbin/watch-forwarding
`,
  },
  {
    path: '/etc/systemd/system/sysinit.target.d/watch.conf',
    content: '[Unit]\nWants=watch-forwarding.service\n',
  },
];

export const reboot: Case = {
  name: 'reboot',
  about: 'rebooted by hand, it forwards as at its first boot, and nothing before its rules are there',
  seed: watch,
  play: async (stage, section) => {
    const { machine, network } = stage;
    await machine.boot();
    await forwards(stage, section);
    await bootEnds(stage, section);
    section.check('nothing was forwarded before the rules', ...(await early(machine)));
    await machine.run('systemctl reboot');
    const off = await machine.wentOff(machine.patience);
    section.check('it goes down', off, off ? 'off' : 'on');
    // The distribution's mirror is none of a second boot's business.
    network.closeRepositories();
    const before = machine.timesSaid(forwardingIsOn);
    await machine.boot();
    await forwards(stage, section, before);
    await bootEnds(stage, section);
    section.check('again nothing was forwarded before the rules', ...(await early(machine)));
    await isWell(stage, section);
  },
};

async function early(machine: Machine): Promise<[boolean, string]> {
  const [looks = '', found = ''] = (
    await machine.output('wc --lines </run/watched; cat /run/early 2>/dev/null | wc --lines')
  ).split('\n');
  return [Number(looks) > 0 && found === '0', `${looks} looks, ${found} times`];
}
