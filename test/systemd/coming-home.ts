import type { Case } from './case.ts';
import type { Machine } from './machine.ts';
import { dnf } from './stand-ins.ts';
import { bootInAccount } from './watch-account.ts';

const patience = 30;

/** The machine's own address, and a second one of its own, at which it carries its own zone here. */
const address = '10.0.0.10';
const carrier = '10.0.0.12';

/** The way of the carrier's name from the hardened unit that hears it to the one that fetches. */
export const comingHome: Case = {
  name: 'coming-home',
  about:
    'an instance that boots again while another one carries its zone fetches the connections from that one',
  play: async (stage, section) => {
    const env = 'WATCH=1\nOTHER_CIDRS="10.1.0.0/16"\nNAT_CIDRS="10.0.7.0/24"\n';
    const machine = stage.machine('coming-home', dnf(0), { env, watch: true });
    await bootInAccount(machine, stage);
    const atFirst = await machine.comes(patience, async () => (await path(machine)) === 'active');
    section.check('it waits for the name of a carrier', atFirst, await path(machine));
    section.check('at its first boot nothing is waited for', !(await isWaiting(machine)), '');

    await machine.cutPower();
    await bootInAccount(machine, stage);
    const isOver = await machine.comes(3, async () => !(await isWaiting(machine)));
    section.check('nor for more than a moment where its Elastic IP is still there', isOver, '');

    await machine.cutPower();
    const { carry } = await bootInAccount(machine, stage);
    carry();
    await machine.run(`ip address add ${carrier}/24 dev ens5; bash /etc/phoenat/configure.sh`);
    await machine.comes(patience, async () => (await neighbour(machine)) === 'active');
    await machine.run('cut -d . -f 1 /proc/uptime >/run/phoenat/fetching');
    section.check('where it is elsewhere, it is not ready yet', !(await isReady(machine)), '');
    const none = await fetching(machine);
    section.check('and fetches nothing before it knows from whom', none !== 'active', none);
    await knock(machine);
    const fetches = await machine.comes(patience, async () => (await fetching(machine)) === 'active');
    section.check(
      'it fetches from whoever asks it for a copy and carries its zone',
      fetches,
      await words(machine),
    );
    const isHeard = await machine.comes(patience, async () => !(await isWaiting(machine)));
    section.check('and is ready once it has', isHeard && (await isReady(machine)), '');
    await machine.run('systemctl stop phoenat-home.service');
    await knock(machine);
    const anew = await machine.comes(patience, async () => (await fetching(machine)) === 'active');
    section.check('and so the next time', anew, await fetching(machine));
    const said = await words(machine);
    section.check('nothing is wrong with that', !/Error|Traceback|phoenat: .*:/.test(said), said);
  },
};

/** As the one does that carries its zone: it listens for a while. */
const knock = (machine: Machine) =>
  machine.run(
    `(exec 3<>/dev/tcp/${address}/8765; printf 'GET /copy HTTP/1.0\\r\\n\\r\\n' >&3; timeout 8 cat <&3 >/dev/null) >/dev/null 2>&1 &`,
  );

const path = (machine: Machine) => machine.output('systemctl is-active phoenat-home.path');
const fetching = (machine: Machine) => machine.output('systemctl is-active phoenat-home.service');
const neighbour = (machine: Machine) => machine.output('systemctl is-active phoenat-neighbour.service');
const words = (machine: Machine) =>
  machine.output(
    'journalctl --unit=phoenat-home --unit=phoenat-neighbour --boot --output=cat --no-pager | grep -v systemd',
  );
const isWaiting = async (machine: Machine) => (await machine.run('test -e /run/phoenat/fetching')).code === 0;

async function isReady(machine: Machine): Promise<boolean> {
  const question = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | bash /etc/phoenat/health.sh`;
  return (await machine.output(question)).includes('"ready": true');
}
