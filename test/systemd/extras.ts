import { createHash } from 'node:crypto';
import { readBootstrapFiles } from '../../infra/read-bootstrap-files.ts';
import { renderExtras } from '../../infra/user-data.ts';
import type { Case } from './case.ts';
import { type Machine, patience } from './machine.ts';
import { forwardingIsOn, guardState, isUp, timesSaid } from './stage.ts';
import { dnf } from './stand-ins.ts';

const text = renderExtras(readBootstrapFiles());
const hash = createHash('sha256').update(text).digest('hex');

/** What the user data had no room for, sent as the probe sends it, through the hardened unit of the health endpoint. */
export const extras: Case = {
  name: 'extras',
  about: 'programs that had no room in the user data are taken by their hash, and started at every boot',
  play: async (stage, section) => {
    const env = `WATCH=1\nPREDECESSOR=10.0.0.10\nEXTRAS=${hash}\n`;
    const machine = stage.machine('extras', dnf(0), { env, extrasFollow: true });
    await machine.boot();
    await machine.until(forwardingIsOn, patience, async () => timesSaid(machine, forwardingIsOn) > 0);
    await machine.until('nft has loaded the rules', patience, async () => {
      const { code } = await machine.run('[ -e /run/phoenat/wants ] && [ -e /run/phoenat/nat.nft ]');
      return code === 0;
    });
    const wants = await ask(machine, 'GET', '/', '');
    section.check('it says what it wants', wants.includes(`"wants": "${hash}"`), wants.slice(-200));
    const refused = await ask(machine, 'PUT', '/extras', `${text}touch /run/captured\n`);
    const present = await machine.output('ls /etc/phoenat/extras.sh /run/captured /run/phoenat/extras*');
    section.check(
      'it takes nothing else',
      refused.includes(' 400 ') && present === '',
      `${refused} ${present}`,
    );

    const taken = await ask(machine, 'PUT', '/extras', text);
    section.check('and takes that', taken.includes(' 200 '), taken);
    await judgeStarted(machine, section, 'it starts them at once');
    const guarded = await machine.comes(
      patience,
      async () => (await guardState(machine)) === 'active active',
    );
    section.check('the guard among them', guarded, await guardState(machine));
    const fetching = await machine.comes(
      patience,
      async () => (await stateOf(machine, 'connections')) === 'active',
    );
    section.check("and fetches its predecessor's table", fetching, await stateOf(machine, 'connections'));
    const after = await ask(machine, 'GET', '/', '');
    section.check('and wants nothing more', after.includes('"wants": null'), after.slice(-200));
    await machine.cutPower();
    await machine.boot();
    await isUp(machine);
    await judgeStarted(machine, section, 'and at the next boot');
    const again = await stateOf(machine, 'connections');
    section.check('at which no table is fetched', again !== 'active', again);
  },
};

async function judgeStarted(
  machine: Machine,
  section: Parameters<Case['play']>[1],
  what: string,
): Promise<void> {
  const runs = await machine.comes(patience, async () => (await stateOf(machine, 'watch')) === 'active');
  const said = await machine.output('journalctl --unit=phoenat-extras --output=cat --no-pager');
  section.check(what, runs, runs ? 'the watch runs' : said);
}

const stateOf = (machine: Machine, name: string) =>
  machine.output(`systemctl is-active phoenat-${name}.service`);

function ask(machine: Machine, method: string, path: string, body: string): Promise<string> {
  const head = `${method} ${path} HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: ${Buffer.byteLength(body)}\\r\\n\\r\\n`;
  const command = `exec 3<>/dev/tcp/127.0.0.1/8765; { printf '${head}'; cat; } >&3; timeout 20 cat <&3`;
  return machine.run(command, body).then(({ stdout }) => stdout);
}
