import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SetUpError } from './set-up-error.ts';

const execute = promisify(execFile);
const isWindows = process.platform === 'win32';

export type PythonEnvironmentOptions = {
  /** Where the virtual environment is made. It is deleted and made anew when the requirements change. */
  readonly directory: string;
  readonly requirementsFile: string;
  /** What the environment is for, as people know it. */
  readonly tool: string;
  /** The oldest Python that its packages take; 3.11 unless said. */
  readonly oldestPython?: string;
  readonly say: (line: string) => void;
};

/**
 * Makes the project's own virtual environment, or takes the one that is there if it was made from the same
 * requirements by the same Python. Gives the directory of its programs.
 * @throws SetUpError when Python is missing or too old, or when the packages cannot be installed.
 */
export async function preparePythonEnvironment(options: PythonEnvironmentOptions): Promise<string> {
  const { directory, requirementsFile, tool, oldestPython = '3.11', say } = options;
  const programs = join(directory, isWindows ? 'Scripts' : 'bin');
  const python = await findPython(tool, oldestPython);
  const recipe = `${python.version}\n${await readFile(requirementsFile, 'utf8')}`;
  const hash = createHash('sha256').update(recipe).digest('hex');
  const stamp = join(directory, 'made-from.sha256');
  if ((await readIfThere(stamp)) === hash) {
    say(`Python packages: as before, in ${directory}`);
    return programs;
  }
  say(`Python packages: installing ${tool} into ${directory} (Python ${python.version}, about a minute)`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(dirname(directory), { recursive: true });
  await run(python.program, ['-m', 'venv', directory], 'the virtual environment could not be made');
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirementsFile];
  await run(join(programs, 'python'), install, `the packages of ${requirementsFile} could not be installed`);
  // Written last: an installation that was broken off is not taken for a whole one.
  await writeFile(stamp, hash);
  return programs;
}

type Python = { readonly program: string; readonly version: string };

const probe = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])';

async function findPython(tool: string, oldest: string): Promise<Python> {
  const complaints: string[] = [];
  for (const program of isWindows ? ['python', 'py'] : ['python3', 'python']) {
    try {
      const { stdout } = await execute(program, ['-c', probe]);
      const version = stdout.trim();
      if (!isOlder(version, oldest)) return { program, version };
      complaints.push(`${program}: is version ${version}`);
    } catch (error) {
      complaints.push(`${program}: ${complaint(error)}`);
    }
  }
  throw new SetUpError(
    `${tool} needs Python ${oldest} or newer with its venv module, and there is none here (${complaints.join('; ')}). ` +
      'On Debian and Ubuntu: apt-get install python3 python3-venv; where that is too old, pyenv or uv brings another',
  );
}

/** Versions of Python as it says them itself: numbers and points. */
function isOlder(version: string, than: string): boolean {
  const mine = version.split('.').map(Number);
  const theirs = than.split('.').map(Number);
  const differing = theirs.findIndex((part, index) => part !== (mine[index] ?? 0));
  return differing >= 0 && (mine[differing] ?? 0) < (theirs[differing] ?? 0);
}

function complaint(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'not found';
  return lastLine(error);
}

/** What a program says last is what went wrong. */
function lastLine(error: Error): string {
  const said = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : error.message;
  return said.trim().split('\n').at(-1) ?? error.message;
}

async function run(program: string, args: readonly string[], trouble: string): Promise<void> {
  try {
    await execute(program, [...args]);
  } catch (error) {
    throw new SetUpError(`${trouble}: ${error instanceof Error ? lastLine(error) : String(error)}`, {
      cause: error,
    });
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
