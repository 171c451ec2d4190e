import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import type { Machine } from './machine.ts';
import { isUp } from './stage.ts';
import { dnf } from './stand-ins.ts';

const allowedDomains = ['.example.com'];
/** What systemd-analyze calls "OK" ends at 5.0; it began at 9.6. */
const maxExposure = 2.5;

/** What systemd itself says of the units. */
export const units: Case = {
  name: 'units',
  about:
    'what systemd says of the units: no warning, a limit on every start, the exposure of the health endpoint',
  play: async (stage, section) => {
    const machine = stage.machine('units', dnf(0), { lists: { allowedDomains } });
    await machine.boot();
    await isUp(machine);
    const files = (await machine.output('ls /etc/systemd/system/phoenat-*.*')).split('\n');
    section.check('there are seven units', files.length === 7, `${files.length}`);
    const { code, stdout, stderr } = await machine.run(`systemd-analyze verify ${files.join(' ')}`);
    section.check(
      'systemd finds nothing wrong',
      code === 0 && stdout + stderr === '',
      `${stdout}${stderr}` || 'nothing',
    );
    await limits(machine, section);
    const security = await machine.output(
      'systemd-analyze security --no-pager phoenat-health@.service | tail -n 1',
    );
    const exposure = Number(/: ([\d.]+) /.exec(security)?.[1] ?? Number.NaN);
    section.check('the health endpoint is hardened', exposure <= maxExposure, `exposure ${exposure}`);
  },
};

async function limits(machine: Machine, section: Section): Promise<void> {
  const properties = await machine.output(
    'systemctl show --property=Id,Type,TimeoutStartUSec,TimeoutStopUSec phoenat-nat phoenat-names phoenat-guard phoenat-hand-over phoenat-health@1',
  );
  for (const unit of properties.split('\n\n')) {
    const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
    const [start, stop] = [value('TimeoutStartUSec'), value('TimeoutStopUSec')];
    const limited = ![start, stop].some((limit) => limit === '' || limit === 'infinity');
    section.check(`${value('Id')} has time-outs`, limited, `start ${start}, stop ${stop}`);
  }
}
