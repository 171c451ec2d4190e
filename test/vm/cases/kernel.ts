import { setTimeout as sleep } from 'node:timers/promises';
import type { Section } from '../../lab/report.ts';
import type { Case } from '../case.ts';
import { firstPacketOf } from '../emulated/boot-time.ts';
import { Emulator } from '../emulated/emulator.ts';
import type { Machine } from '../machine.ts';
import { bootEnds, forwards, isMadeWhole, isWell, takesCrowds, uptimeOf } from './claims.ts';

/** Of 512 MiB, after a boot with everything that is on by default. */
const memoryLeftMib = 380;
/** From kernel start to the first packet of a client's, in the machine's own seconds. */
const budgetS = 30;

export const kernel: Case = {
  name: 'kernel',
  about:
    "a distribution's kernel 6.1 in 512 MiB: no warning of its, memory left, the guard repairs, crowds are borne",
  play: async (stage, section) => {
    const { machine, network } = stage;
    await network.startMeter();
    await machine.boot();
    await bootsInTime(machine, section);
    await forwards(stage, section);
    const forwardingSince = await uptimeOf(machine);
    await bootEnds(stage, section);
    await isMadeWhole(stage, section);
    await isWell(stage, section);
    await guardRepairs(machine, section);
    await waitsForNothing(machine, section, forwardingSince);
    const [left = ''] = (
      await machine.output("awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo")
    ).split('\n');
    section.check(
      `memory is left: ${memoryLeftMib} MiB or more`,
      Number(left) >= memoryLeftMib,
      `${left} MiB`,
    );
    await takesCrowds(stage, section);
    await forwardsStill(stage, section);
    await kernelIsCalm(machine, section);
  },
};

async function bootsInTime(machine: Machine, section: Section): Promise<void> {
  if (!(machine instanceof Emulator)) return;
  const seconds = await firstPacketOf(machine);
  const limit = `${budgetS} s of its own`;
  section.check(
    `the first packet comes through within ${limit}`,
    seconds <= budgetS,
    `${seconds.toFixed(2)} s`,
  );
}

/** Which jobs there are when a minute of the machine's own time is over since it forwards. */
async function waitsForNothing(machine: Machine, section: Section, since: number): Promise<void> {
  while (machine.isOn && (await uptimeOf(machine)) < since + 60) await sleep(2_000);
  const jobs = await machine.output('systemctl list-jobs --plain --no-legend');
  section.check('a minute after it forwards, no job waits', jobs === '', jobs === '' ? 'none' : jobs);
}

async function guardRepairs(machine: Machine, section: Section): Promise<void> {
  const breaks = {
    'forwarding was switched off': [
      'sysctl -qw net.ipv4.ip_forward=0',
      '[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ]',
    ],
    'the rules were flushed': ['nft flush ruleset', 'nft list table ip phoenat | grep -q masquerade'],
    'a rule was added': [
      'nft insert rule ip phoenat forward drop',
      '! nft --stateless list chain ip phoenat forward | grep -qx "[[:space:]]*drop"',
    ],
  };
  for (const [what, [command, mended]] of Object.entries(breaks)) {
    // On the machine, in its own time: a question from here takes longer than the repair.
    const seconds = await machine.output(
      `${command}; for i in $(seq 100); do if ${mended}; then echo $i; exit; fi; sleep 0.1; done; echo never`,
    );
    section.check(`${what}: the guard repairs it`, Number(seconds) < 100, `look ${seconds}, 0.1 s apart`);
  }
}

async function forwardsStill({ network }: Parameters<Case['play']>[0], section: Section): Promise<void> {
  const { status } = await network.get('https://192.0.2.10/');
  section.check('after all of that a client gets out', status === 200, `${status}`);
}

/** Bugs, warnings with a call trace, and whatever else the kernel found worth one. */
export async function kernelIsCalm(machine: Machine, section: Section): Promise<void> {
  const found = await machine.output(
    "dmesg | grep -E 'WARNING|BUG|Oops|Call Trace|stall|hung|[Oo]ut of memory|oom-kill|table full' | head -n 5",
  );
  section.check('the kernel warns of nothing', found === '', found === '' ? 'nothing' : found);
}
