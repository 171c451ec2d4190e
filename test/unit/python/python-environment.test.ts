import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { preparePythonEnvironment } from '../../python/python-environment.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'python-environment-'));
  vi.stubEnv('PATH', folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A Python that knows its version, and can make no environment. */
function installPython(version: string): void {
  const program = join(folder, 'python3');
  writeFileSync(
    program,
    `#!/bin/sh\n[ "$1" = -c ] || { echo "no module named venv" >&2; exit 1; }\necho ${version}\n`,
  );
  chmodSync(program, 0o755);
}

function prepare(oldestPython: string): Promise<string> {
  const requirementsFile = join(folder, 'requirements.txt');
  writeFileSync(requirementsFile, 'nothing==1.0\n');
  const directory = join(folder, 'environment');
  return preparePythonEnvironment({
    directory,
    requirementsFile,
    tool: 'the tool',
    oldestPython,
    say: () => {},
  });
}

describe('the environment for a tool in Python', () => {
  it.each([
    ['3.11.2', '3.11.5'],
    ['3.9.18', '3.11'],
    ['2.7.18', '3.11'],
  ])('is not made by Python %s where packages need %s', async (version, oldest) => {
    installPython(version);

    await expect(prepare(oldest)).rejects.toThrow(
      `the tool needs Python ${oldest} or newer with its venv module, and there is none here ` +
        `(python3: is version ${version}; python: not found)`,
    );
  });

  it.each([
    ['3.11.5', '3.11.5'],
    ['3.11.0', '3.11'],
    ['3.12.1', '3.11.5'],
    ['4.0.0', '3.11.5'],
  ])('is made by Python %s where packages need %s', async (version, oldest) => {
    installPython(version);

    await expect(prepare(oldest)).rejects.toThrow(
      'the virtual environment could not be made: no module named venv',
    );
  });
});
