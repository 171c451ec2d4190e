import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../case.ts';
import { bootEnds, forwards, healthOf, isWell } from './claims.ts';

/** The boot script fails until the repositories are back. */
export const recovery: Case = {
  name: 'recovery',
  about: 'the boot script fails while the repositories cannot be reached, and succeeds when they can',
  hasRepositories: false,
  play: async (stage, section) => {
    const { machine, network, packages } = stage;
    await machine.boot();
    const failed = await machine.comes(machine.patience, () => /cannot be installed/.test(machine.console));
    section.check('it says that a package cannot be installed', failed, `${failed}`);
    await network.openRepositories(packages);
    const state = () => machine.output('systemctl is-active phoenat-nat');
    const active = await machine.comes(machine.patience, async () => (await state()) === 'active');
    section.check('its unit comes to its end when they are back', active, await state());
    await forwards(stage, section);
    await bootEnds(stage, section);
    const restarts = await machine.output('systemctl show --value --property=NRestarts phoenat-nat');
    section.check('its unit was started again', Number(restarts) > 0, `${restarts} times`);
    await isWell(stage, section);
  },
};

export const unreachable: Case = {
  name: 'unreachable',
  about: 'the repositories cannot be reached: it says so, and nothing is forwarded without its rules',
  hasRepositories: false,
  play: async ({ machine, network }, section) => {
    await machine.boot();
    const failed = await machine.comes(machine.patience, () => /cannot be installed/.test(machine.console));
    section.check('it says that a package cannot be installed', failed, `${failed}`);
    const { status, body } = await healthOf(network);
    const told = /nftables cannot be installed/.exec(body)?.[0];
    section.check(
      'the health endpoint says it too',
      status === 503 && told !== undefined,
      told ?? `${status}`,
    );
    await sleep(1_000);
    const forwarding = await machine.output('cat /proc/sys/net/ipv4/ip_forward');
    section.check('nothing is forwarded', forwarding === '0', forwarding);
  },
};
