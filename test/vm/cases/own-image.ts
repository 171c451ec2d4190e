import { builderScript } from '../../../cli/bake/builder-script.ts';
import type { Section } from '../../lab/report.ts';
import type { Case } from '../case.ts';
import { userDataOf } from '../launch.ts';
import type { Machine } from '../machine.ts';
import { bootEnds, forwardingIsOn, forwards } from './claims.ts';

const hash = '0123456789abcdef';

/** The builder's disk is the image's: the next boot is that of an instance of it. */
export const ownImage: Case = {
  name: 'own-image',
  about: "an image of one's own is built, and its instance forwards before cloud-init, with no repository",
  isLong: true,
  play: async (stage, section) => {
    const { machine, network } = stage;
    // Nobody reads the console meanwhile.
    const script = builderScript().replaceAll('@HASH@', hash).replace('sleep 20', 'sleep 1');
    network.handOut(Buffer.from(script));
    await machine.boot();
    const builder = await machine.output('cat /etc/machine-id');
    const off = await machine.wentOff(machine.patience);
    const said = machine.console.match(/phoenat bake: .*$/gm) ?? [];
    section.check('the builder powers off', off, off ? 'off' : 'on');
    section.check('it is complete', said.at(-1) === `phoenat bake: complete ${hash}`, said.join(', '));
    network.closeRepositories();
    network.handOut(userDataOf({}));
    await machine.boot();
    const own = await machine.output('cat /etc/machine-id');
    section.check('the instance has a machine id of its own', own !== '' && own !== builder, own);
    await forwards(stage, section);
    await bootEnds(stage, section);
    await judgeFirst(machine, section);
  },
};

/** Who was first to load the rules: the unit of the image, by the script of this launch's user data. */
async function judgeFirst(machine: Machine, section: Section): Promise<void> {
  const words = await machine.output('journalctl --boot --unit=phoenat-first --output=cat --no-pager');
  const says = words.includes(`phoenat: ${forwardingIsOn}`);
  section.check('it is its own unit that says so', says, says ? 'it does' : words);
  const written = await machine.output('stat --format=%.Y /run/phoenat/boot-forwarding /etc/phoenat/nat.env');
  const [forwarding = Number.NaN, cloudInit = Number.NaN] = written.split('\n').map(Number);
  section.check(
    'before cloud-init writes the files of the user data',
    forwarding < cloudInit,
    `${(cloudInit - forwarding).toFixed(2)} s before`,
  );
}
