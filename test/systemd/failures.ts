import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import { type Machine, patience } from './machine.ts';
import { forwardingIsOn, guardState, jobsOf, timesSaid, verdict } from './stage.ts';
import {
  brokenSquid,
  dnf,
  hangingDnf,
  impatient,
  keepIptables,
  refusingPython,
  shortTimeout,
} from './stand-ins.ts';

const allowedDomains = ['.example.com'];

/** The boot script fails twice, then succeeds. */
export const failingTwice: Case = {
  name: 'failing-twice',
  about: 'a boot script that fails twice and then succeeds: tried again, never given up',
  play: async (stage, section) => {
    const machine = stage.machine('twice', [...dnf(2), ...impatient, ...refusingPython]);
    await machine.boot();
    await machine.comes(patience, () => timesSaid(machine, forwardingIsOn) > 0);
    section.check(
      `it says that ${forwardingIsOn}`,
      timesSaid(machine, forwardingIsOn) > 0,
      `${timesSaid(machine, forwardingIsOn)}`,
    );
    const tries = triesOf(machine);
    section.check('after two tries', tries === 2, `${tries}`);
    section.check(
      'it never says that it cannot',
      verdict(machine) === undefined,
      verdict(machine) ?? 'never',
    );
    const state = () => machine.output('systemctl is-active phoenat-nat');
    const calm = await machine.comes(
      patience,
      async () => (await state()) === 'active' && (await jobsOf(machine)) === '',
    );
    section.check('the unit is active, and no job waits', calm, `${await state()} ${await jobsOf(machine)}`);
  },
};

/** What never succeeds ends the instance. */
export const givingUp: Case = {
  name: 'giving-up',
  about: 'what never comes to forward says why and powers off',
  play: async (stage, section) => {
    const noPackage = stage.machine('package', [...dnf(1_000), ...impatient, ...refusingPython]);
    await endsWith(noPackage, 'no package', /^nftables cannot be installed/, section);
    const hangs = stage.machine('hangs', [...hangingDnf, ...impatient, ...shortTimeout, ...refusingPython]);
    await endsWith(hangs, 'a boot script that hangs', /^the boot script took too long$/, section);
    const noSquid = stage.machine('squid', [...dnf(0), ...brokenSquid, ...impatient], {
      lists: { allowedDomains },
    });
    await endsWith(noSquid, 'a name filter that cannot start', /^the name filter failed$/, section);
  },
};

async function endsWith(machine: Machine, what: string, why: RegExp, section: Section): Promise<void> {
  await machine.boot();
  const off = await machine.comes(patience, () => !machine.isOn);
  section.check(`${what}: the power is off`, off, off ? 'off' : 'still on');
  section.check(`${what}: after three tries`, triesOf(machine) === 3, `${triesOf(machine)}`);
  section.check(`${what}: it has said why`, why.test(verdict(machine) ?? ''), verdict(machine) ?? 'nothing');
  const said = timesSaid(machine, forwardingIsOn);
  section.check(`${what}: and never that ${forwardingIsOn}`, said === 0, `${said} times`);
}

/** What forwards is never ended by its own scripts. */
export const goingOn: Case = {
  name: 'going-on',
  about: 'what has forwarded is never powered off, whatever fails then',
  play: async (stage, section) => {
    const own = stage.machine('own-nat', [...dnf(1_000), ...impatient, ...keepIptables, ...refusingPython]);
    await own.boot();
    const refused = () => refusalsOf(own);
    await own.until('it has failed five times', patience, async () => refused() >= 5);
    section.check('an image with iptables, and no package: still on', own.isOn, `${refused()} failures`);
    section.check(
      'it has said that it forwards, and not that it cannot',
      spokeWell(own),
      verdict(own) ?? 'never',
    );
    const guarded = await own.output('systemctl is-active phoenat-guard.service phoenat-guard.socket');
    section.check('what forwards with its own rules has no guard', guarded === 'inactive\ninactive', guarded);
    await own.cutPower();

    const killed = stage.machine('killed', [...dnf(0), ...impatient], { lists: { allowedDomains } });
    await killed.boot();
    await killed.until(forwardingIsOn, patience, async () => timesSaid(killed, forwardingIsOn) > 0);
    for (let time = 1; time <= 5; time += 1) {
      const before = await killed.output(filterProcess);
      await killed.run('pkill -KILL -x squid');
      await killed.until('Squid is back', patience, async () => {
        const now = await killed.output(filterProcess);
        return now !== before && (await killed.run(`[ "$(cat /proc/${now}/comm)" = squid ]`)).code === 0;
      });
    }
    const back = await killed.comes(
      patience,
      async () => (await killed.run('exec 3<>/dev/tcp/127.0.0.1/3128')).code === 0,
    );
    section.check(
      'a name filter that is killed five times: still on, and back',
      killed.isOn && back,
      back ? 'back' : 'gone',
    );
    section.check(
      'it has said that it forwards, and not that it cannot',
      spokeWell(killed),
      verdict(killed) ?? 'never',
    );
  },
};

/** What keeps packages away keeps nobody offline: the rules are loaded without nft. */
export const noRepository: Case = {
  name: 'no-repository',
  about: 'repositories out of reach: it forwards all the same, says what is missing, and is made whole later',
  play: async (stage, section) => {
    const machine = stage.machine('no-repository', [...dnf(6), ...impatient]);
    await machine.boot();
    await machine.until('it has failed four times', patience, async () => refusalsOf(machine) >= 4);
    section.check('it forwards, and is not given up', machine.isOn && spokeWell(machine), 'on');
    const rules = '/opt/packages/nft --stateless list table ip phoenat';
    const without = await machine.output(rules);
    section.check('nft is not there', (await machine.run('command -v nft')).code !== 0, 'missing');
    const answer = await machine.output("printf 'GET / HTTP/1.0\\r\\n\\r\\n' | bash /etc/phoenat/health.sh");
    const told = /"ready": true/.test(answer) && /"early": "loaded"/.test(answer);
    section.check('the health answer says that it is ready, and how', told, lastOf(answer));
    const missing = /nftables cannot be installed[^"]*The rules that were loaded without it hold/.test(
      answer,
    );
    section.check('and what is missing', missing, missing ? 'nftables' : 'nothing');
    await machine.until(
      'nft is there',
      patience,
      async () => (await machine.run('command -v nft')).code === 0,
    );
    await machine.until(
      'the guard runs',
      patience,
      async () => (await guardState(machine)) === 'active active',
    );
    const after = await machine.output(rules);
    section.check(
      'nft loads the same rules, to the letter',
      without !== '' && after === without,
      `${without.length} and ${after.length} letters`,
    );
    const repairs = machine.console.match(/phoenat: repaired: .*/g) ?? [];
    section.check('the guard finds nothing to repair', repairs.length === 0, repairs.join(', ') || 'nothing');

    const lists = { allowedDomains };
    const named = stage.machine('no-squid', [...dnf(1_000), ...impatient], { lists });
    await named.boot();
    await named.until('it has failed five times', patience, async () => refusalsOf(named) >= 5);
    section.check('with names: it is not given up', named.isOn, named.isOn ? 'on' : 'off');
    const open = await named.output('cat /proc/sys/net/ipv4/ip_forward');
    const passes = await named.output(`${rules} | grep -cE "elements = .*(tcp|0.0.0.0/0)"`);
    section.check(
      'with names: the rules are there, and let nothing through',
      `${open} ${passes}` === '1 0',
      `${open} ${passes}`,
    );
    const said = timesSaid(named, forwardingIsOn);
    section.check(`with names: it never says that ${forwardingIsOn}`, said === 0, `${said} times`);
  },
};

function refusalsOf(machine: Machine): number {
  return machine.console.split('nftables cannot be installed').length - 1;
}

function lastOf(answer: string): string {
  return answer.split('\n').at(-1)?.slice(0, 120) ?? '';
}

/** 0 while none runs; before it becomes Squid it is a shell. */
const filterProcess = 'systemctl show --value --property=MainPID phoenat-names';

function spokeWell(machine: Machine): boolean {
  return timesSaid(machine, forwardingIsOn) > 0 && verdict(machine) === undefined;
}

/** How often a start has failed, as the console tells. */
function triesOf(machine: Machine): number {
  return machine.console.split('\n').filter((line) => /phoenat: try \d+, \d+ s after boot: /.test(line))
    .length;
}
