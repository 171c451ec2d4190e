import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { renderNatEnv } from '../../infra/nat-env.ts';
import { readBootstrapFiles } from '../../infra/read-bootstrap-files.ts';
import { renderUserData } from '../../infra/user-data.ts';
import type { EgressSettings } from '../../shared/core/model/settings.ts';
import { attempt, run } from '../lab/commands.ts';
import { Machine, type Premises, patience, type SeedFile } from './machine.ts';

export type Lists = Partial<Pick<EgressSettings, 'allowList' | 'allowedDomains'>>;

/** What a case may ask for: machines of the user data that ships. All are gone at its end. */
export class Stage {
  readonly #premises: Premises;
  readonly #machines: Machine[] = [];
  readonly #duties: (() => void)[] = [];

  private constructor(premises: Premises) {
    this.#premises = premises;
  }

  /** Must run in a mount namespace of its own: with it goes all that is mounted here. */
  static async set(): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'phoenat-systemd-'));
    await run('mount', ['-t', 'tmpfs', 'tmpfs', folder]);
    const cgroups = join(folder, 'cgroups');
    mkdirSync(cgroups);
    await run('mount', ['-t', 'cgroup2', 'none', cgroups]);
    return new Stage({ folder, cgroups });
  }

  /** `env`: further lines of nat.env; `links`: symbolic links on the disk, by path. */
  machine(
    name: string,
    seed: readonly SeedFile[],
    { lists = {}, env = '', links = {}, watch = false, extrasFollow = false, paging = false }: Wishes = {},
  ): Machine {
    const egress = {
      clientCidrs: ['10.0.0.0/16'],
      traffic: 'web',
      allowList: [],
      allowedDomains: [],
    } as const;
    const settings: EgressSettings = { ...egress, ...lists };
    const names = settings.allowedDomains.length > 0;
    const userData = renderUserData(readBootstrapFiles(), `${renderNatEnv(settings)}${env}`, {
      names,
      connections: true,
      watch,
      handOver: true,
      paging,
      extrasFollow,
    });
    const machine = this.machineOf(name, userData, seed);
    for (const [path, target] of Object.entries(links)) {
      const link = join(this.#premises.folder, name, 'seed', path);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(target, link);
    }
    return machine;
  }

  /** One of other user data. */
  machineOf(name: string, userData: string, seed: readonly SeedFile[]): Machine {
    const machine = new Machine(this.#premises, name, userData, seed);
    this.#machines.push(machine);
    return machine;
  }

  /** Done when the machines are gone. */
  atTheEnd(duty: () => void): void {
    this.#duties.push(duty);
  }

  async clear(): Promise<void> {
    for (const machine of this.#machines.splice(0)) await machine.remove();
    for (const duty of this.#duties.splice(0)) duty();
  }

  /** After the last machine is gone. */
  async strike(): Promise<void> {
    await attempt('umount', ['--recursive', this.#premises.folder]);
    await attempt('rmdir', [this.#premises.folder]);
  }
}

type Wishes = {
  readonly lists?: Lists;
  readonly env?: string;
  readonly links?: Readonly<Record<string, string>>;
  readonly watch?: boolean;
  readonly extrasFollow?: boolean;
  readonly paging?: boolean;
};

/** Once it forwards, with its guard, and nothing of its boot is left to do: what is changed now is not changed back by that. */
export async function isUp(machine: Machine): Promise<void> {
  await machine.until(forwardingIsOn, patience, async () => timesSaid(machine, forwardingIsOn) > 0);
  await machine.until(
    'the guard runs',
    patience,
    async () => (await guardState(machine)) === 'active active',
  );
  await machine.until('no job waits', patience, async () => (await jobsOf(machine)) === '');
}

export const guardState = async (machine: Machine) =>
  (await machine.output('systemctl is-active phoenat-guard.service phoenat-guard.socket')).replace('\n', ' ');

export const jobsOf = (machine: Machine) => machine.output('systemctl list-jobs --plain --no-legend');

/** The machine's own words, whatever journald puts before them. */
export function timesSaid(machine: Machine, sentence: string): number {
  return machine.console.split('\n').filter((line) => line.endsWith(`phoenat: ${sentence}`)).length;
}

export const forwardingIsOn = 'forwarding is on';

/** Why it says that it cannot forward, or nothing. */
export function verdict(machine: Machine): string | undefined {
  return /phoenat: cannot forward: (.*)$/m.exec(machine.console)?.[1];
}
