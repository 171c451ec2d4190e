import { readFileSync } from 'node:fs';
import { noGuard } from '../../../shared/core/model/reading.ts';
import type { Section } from '../../lab/report.ts';
import type { Case, Stage } from '../case.ts';
import { internet, publicIp } from '../network/addresses.ts';
import { bootEnds, forwardingIsOn, forwards, type Health, healthOf, isWell } from './claims.ts';

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
  about: 'the repositories cannot be reached: it forwards all the same, and says what is missing',
  hasRepositories: false,
  play: async (stage, section) => {
    const { machine } = stage;
    await machine.boot();
    await forwards(stage, section);
    await saysWhatIsMissing(stage, section, 'nftables');
    const { status, body } = await stage.network.get(`https://${internet.web}/`);
    section.check('it forwards still', status === 200 && body === publicIp, `${status} ${body}`);
    await saysThatNobodyGuards(stage, section);
  },
};

/** Asked by a clock that is ahead: nobody waits for ten minutes here. What it notes is of that clock, so this comes last. */
async function saysThatNobodyGuards({ machine }: Stage, section: Section): Promise<void> {
  const answerAt = async (uptime: number) => {
    const here = readFileSync('/proc/uptime', 'utf8').split('.')[0];
    const later = `unshare --time --boottime=${uptime - Number(here)} --fork`;
    return machine.output(`printf 'GET / HTTP/1.0\\r\\n\\r\\n' | ${later} bash /etc/phoenat/health.sh`);
  };
  const sooner = await answerAt(590);
  const isCalm = sooner.includes('"uptimeSeconds": 590') && !sooner.includes(noGuard);
  section.check('of the guard it says nothing within ten minutes', isCalm, isCalm ? 'nothing' : sooner);
  const later = await answerAt(700);
  const isTold = later.includes(`{"what": "${noGuard}"`) && later.includes('"guard": null');
  section.check('and then that it does not run', isTold, isTold ? noGuard : later);
}

export const unreachableNames: Case = {
  name: 'shut-names',
  about:
    'the repositories cannot be reached, and names are filtered: they stay shut, and it says what is missing',
  hasRepositories: false,
  environment: { PHOENAT_ALLOWED_DOMAINS: 'www.example.com' },
  play: async (stage, section) => {
    const { machine, network } = stage;
    await machine.boot();
    await saysWhatIsMissing(stage, section, 'nftables');
    for (const name of ['www.example.com', 'www.example.org']) {
      const at = ['--resolve', `${name}:443:${internet.web}`];
      const { status } = await network.get(`https://${name}/`, at);
      section.check(`${name} stays shut`, status === 0, status === 0 ? 'no answer' : `${status}`);
    }
    const said = machine.timesSaid(forwardingIsOn);
    section.check(`it does not say that ${forwardingIsOn}`, said === 0, `${said} times`);
  },
};

async function saysWhatIsMissing({ machine, network }: Stage, section: Section, what: string): Promise<void> {
  const missing = `${what} cannot be installed`;
  const failed = await machine.comes(machine.patience, () => machine.console.includes(missing));
  section.check('it says that a package cannot be installed', failed, failed ? missing : 'never');
  let last: Health = { status: 0, body: '' };
  const told = await machine.comes(20, async () => {
    last = await healthOf({ machine, network });
    return last.status === 503 && last.body.includes(missing);
  });
  section.check('the health endpoint says it too', told, told ? missing : `${last.status} ${last.body}`);
}
