import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMotoServer } from '../moto/moto-server.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { freePorts } from './free-ports.ts';
import { type Front, startFront } from './front.ts';
import { endGroup } from './programs.ts';

const host = '127.0.0.1';
const startTimeoutMs = 60_000;
const pollMs = 100;
export const region = 'us-east-1';
/** moto's own account; MiniStack is given the same, so that the two agree on ARNs. */
const accountId = '123456789012';

export type LocalCloud = {
  readonly front: Front;
  /** The address of moto itself: what is asked there, EventBridge hears nothing of. */
  readonly moto: string;
  /** For the SAM CLI, the command and the SDK: this cloud and nothing else. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
};

export type LocalCloudOptions = {
  readonly motoPrograms: string;
  readonly ministackPrograms: string;
  /** For logs. */
  readonly directory: string;
  readonly functionLogs: string;
  readonly signal: AbortSignal;
};

/** @throws SetUpError where one of the servers does not start; then none is left. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { directory, functionLogs } = options;
  await mkdir(functionLogs, { recursive: true });
  // Outside the project: its package.json would make modules of MiniStack's scripts.
  const temporary = await mkdtemp(join(tmpdir(), 'phoenat-deploy-'));
  const stops: (() => Promise<void>)[] = [() => rm(temporary, { recursive: true, force: true })];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const program = join(import.meta.dirname, 'moto_cloud.py');
    const moto = await startMotoServer(options.motoPrograms, join(directory, 'moto.log'), program);
    stops.push(() => moto.stop());
    const [frontPort, ministackPort] = await freePorts(host);
    const frontUrl = `http://${host}:${frontPort}`;
    const ministack = `http://${host}:${ministackPort}`;
    const front = await startFront({ port: frontPort, moto: moto.endpoint, ministack });
    stops.push(() => front.close());
    const server = await startMinistack({
      ...options,
      port: ministackPort,
      frontUrl,
      moto: moto.endpoint,
      temporary,
    });
    stops.push(() => endMinistack(server));
    await answers(`${ministack}/_ministack/health`, server, join(directory, 'ministack.log'), options.signal);
    return { front, moto: moto.endpoint, env: clientEnvironment(frontUrl, directory), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** No account's credentials, profiles or configuration reach what these tests start. */
function clientEnvironment(endpoint: string, directory: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_CONFIG_FILE: join(directory, 'no-configuration'),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, 'no-credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    SAM_CLI_TELEMETRY: '0',
  };
}

type MinistackOptions = LocalCloudOptions & {
  readonly port: number;
  readonly frontUrl: string;
  readonly moto: string;
  readonly temporary: string;
};

async function startMinistack(options: MinistackOptions): Promise<ChildProcess> {
  const { port, frontUrl, moto, temporary, directory, functionLogs, ministackPrograms } = options;
  const log = await open(join(directory, 'ministack.log'), 'w');
  const server = spawn(join(ministackPrograms, 'python'), [join(import.meta.dirname, 'cloud.py')], {
    cwd: directory,
    // Its functions are its children: one group, so that all of them can be ended.
    detached: true,
    stdio: ['pipe', log.fd, log.fd],
    env: {
      HOME: temporary,
      TMPDIR: temporary,
      // The functions run on the Node.js of their runtime, which is the one that runs this.
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      ...clientEnvironment(frontUrl, directory),
      MOTO_URL: moto,
      FUNCTION_LOGS: functionLogs,
      BIND_HOST: host,
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: host,
      MINISTACK_ACCOUNT_ID: accountId,
      MINISTACK_REGION: region,
      STATE_DIR: temporary,
      S3_DATA_DIR: temporary,
      // Services that would listen on ports of their own, and containers that are not ours to look at.
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      DOCKER_HOST: 'unix:///nonexistent',
    },
  });
  // Without a listener a failed start would end the whole run; `answers` sees it by the exit code.
  server.once('error', () => undefined);
  await log.close();
  return server;
}

async function endMinistack(server: ChildProcess): Promise<void> {
  if (server.pid === undefined) return;
  const isOver = server.exitCode !== null || server.signalCode !== null;
  const ended = isOver ? Promise.resolve() : once(server, 'exit');
  endGroup(server.pid, 'SIGTERM');
  await Promise.race([ended, sleep(2_000)]);
  endGroup(server.pid, 'SIGKILL');
}

async function answers(
  url: string,
  server: ChildProcess,
  logFile: string,
  signal: AbortSignal,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < startTimeoutMs; waitedMs += pollMs) {
    signal.throwIfAborted();
    if (server.exitCode !== null || server.pid === undefined) break;
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Nobody listens yet.
    }
    await sleep(pollMs);
  }
  const end = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-3).join(' | ');
  throw new SetUpError(`MiniStack did not start; ${logFile} ends with: ${end || '(nothing)'}`);
}
