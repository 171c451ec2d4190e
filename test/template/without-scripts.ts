import { spawnSync } from 'node:child_process';

const said = 'npm runs no scripts here (ignore-scripts). Run: export npm_config_ignore_scripts=false';

/** `sam build` where npm runs no scripts has to fail and to say what to do: npm would pack the functions without their code. */
export function buildWithoutScripts(root: string, path: string, folder: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync('sam', ['build', '--build-dir', folder], {
    cwd: root,
    env: { ...process.env, PATH: path, SAM_CLI_TELEMETRY: '0', npm_config_ignore_scripts: 'true' },
    encoding: 'utf8',
  });
  return status !== 0 && stderr.includes(said)
    ? []
    : [`sam build ended with ${status} and does not say that npm runs no scripts:\n${stdout}${stderr}`];
}
