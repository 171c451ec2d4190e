import { describe, expect, it } from 'vitest';
import { type PhoenatDeps, runPhoenat } from '../../../cli/program.ts';
import { CliError } from '../../../cli/session.ts';
import { systemClock } from '../../../shared/system-clock.ts';

/** Nothing is connected to: what is tried is the command line. */
async function type(line: string, deps: Partial<PhoenatDeps> = {}) {
  let text = '';
  const terminal = {
    out: (more: string) => {
      text += more;
    },
    err: (more: string) => {
      text += more;
    },
    isInteractive: false,
    isColoured: false,
    columns: 80,
    confirm: () => Promise.resolve(false),
  };
  const connect = () => Promise.reject(new CliError('nothing to connect to', 3));
  const args = line.split(' ').filter((word) => word !== '');
  return { code: await runPhoenat(args, { terminal, clock: systemClock, connect, ...deps }), text };
}

const commands = [
  'status',
  'rebuild',
  'pause',
  'resume',
  'breaker',
  'breaker reset',
  'restore',
  'logs',
  'doctor',
  'cost',
  'bake',
  'completion',
];

describe('phoenat --help', () => {
  it.each(['', ...commands])('fits 80 columns and names the global options: %s', async (command) => {
    const { code, text } = await type(`${command} --help`);

    expect(code).toBe(0);
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
    for (const option of ['--stack', '--region', '--profile', '--json', '--debug', '--no-color']) {
      expect(text).toContain(`${option} `);
    }
  });

  it.each(commands)('is also typed as help and the command: %s', async (command) => {
    expect(await type(`help ${command}`)).toEqual(await type(`${command} --help`));
  });

  it('tells a command that there is not', async () => {
    const { code, text } = await type('help rebuidl');

    expect([code, text]).toEqual([2, expect.stringContaining("unknown command 'rebuidl'")]);
  });

  it.each(commands)('gives defaults in words, not as a machine has them: %s', async (command) => {
    const env = { PHOENAT_STACK: 'of-this-machine' };
    const { text } = await type(`${command} --help`, { env });
    const defaults = [...text.replaceAll(/\s+/g, ' ').matchAll(/\(default: ([^)]*)\)/g)].map(
      ([, word]) => word,
    );

    expect(defaults.length).toBeGreaterThan(0);
    for (const word of defaults) {
      expect(word).not.toMatch(/[{}"]|\d{4}|of-this-machine/);
    }
  });
});

describe('--debug', () => {
  it.each(['--debug status', 'status --debug'])('is taken before and after the command: %s', async (line) => {
    expect((await type(line)).text).toMatch(/^debug: phoenat /);
  });
});

describe('the stack', () => {
  const asked = async (line: string, env: Readonly<Record<string, string>>) => {
    const { text } = await type(line, {
      env,
      connect: () =>
        Promise.resolve({
          region: 'eu-central-1',
          cloudFormation: { send: () => Promise.resolve({ Stacks: [] }) },
        } as never),
    });
    return /there is no stack (\S+)/.exec(text)?.[1];
  };

  it('is PHOENAT_STACK where none is named, and phoenat where that is empty', async () => {
    expect(await asked('status', { PHOENAT_STACK: 'prod' })).toBe('prod');
    expect(await asked('status --stack other', { PHOENAT_STACK: 'prod' })).toBe('other');
    expect(await asked('status', { PHOENAT_STACK: '' })).toBe('phoenat');
  });
});

describe('-y', () => {
  it.each(['pause', 'resume', 'breaker reset'])(
    'is taken also where nothing is asked: %s',
    async (command) => {
      for (const option of ['-y', '--yes']) {
        expect((await type(`${command} ${option}`)).text).toBe('phoenat: nothing to connect to\n');
      }
    },
  );

  it.each(['rebuild', 'restore'])('is --yes: %s', async (command) => {
    const unasked = 'there is no terminal to ask on';
    const connect = () => Promise.resolve({ region: 'r' } as never);

    expect((await type(command, { connect })).text).toContain(unasked);
    const error = await type(`${command} -y`).then(({ text }) => text);
    expect(error).toBe('phoenat: nothing to connect to\n');
  });
});
