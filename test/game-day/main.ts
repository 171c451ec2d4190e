import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { parseOptions, readCommandLine, wholeNumber } from '../../scripts/command-line.ts';
import type { Report } from '../../shared/core/report/report.ts';
import { Checklist, type Story } from '../deploy/checklist.ts';
import { type Ended, runProgram } from '../deploy/programs.ts';
import { preparePythonEnvironment } from '../python/python-environment.ts';
import { SetUpError } from '../python/set-up-error.ts';
import { type Play, playOf } from './plays.ts';
import { type GameDay, readGameDay } from './read-page.ts';
import { type Happened, ServedDemo } from './served.ts';

const usage = `Goes through the game day of docs/operations.md on a simulated account: npm run test:game-day

The commands are the page's own, typed into bash: the real AWS CLI, the real phoenat, and "npm run demo -- --serve", in
which time passes faster than here. Needs bash, curl and Python 3.11 or newer. AWS is not asked.

  --speed <n>  seconds that pass in the account in each second here, 1 to 60; default: 20
  --help       this text`;

const root = join(import.meta.dirname, '../..');
const directory = join(root, 'dist/game-day');
const startedAt = Date.now();
const say = (text: string) => {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(text.replaceAll(/^(?! {6})/gm, `${String(seconds).padStart(4)} s  `));
};

/** Everything that a step needs. */
type Rig = {
  readonly demo: ServedDemo;
  readonly story: Story;
  readonly lambda: LambdaClient;
  /** Types a command line into bash, with the environment that the server has said. */
  readonly type: (line: string) => Promise<Ended>;
};

async function main(speed: string): Promise<number> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const awsPrograms = await preparePythonEnvironment({
    directory: join(root, '.venv/aws'),
    requirementsFile: join(import.meta.dirname, 'requirements.txt'),
    tool: 'the AWS CLI',
    say,
  });
  const day = readGameDay(await readFile(join(root, 'docs/operations.md'), 'utf8'));
  const checklist = new Checklist(say);
  const demo = new ServedDemo(root, ['--port', '0', '--nat-gateways', '--speed', speed]);
  try {
    const { environment } = await demo.next('the server serves', ({ kind }) => kind === 'serving');
    const env = environmentOf(environment, awsPrograms);
    const options = { cwd: root, env, logFile: join(directory, 'typed.log'), timeoutMs: 120_000 };
    const { signal } = new AbortController();
    const type = (line: string) => runProgram('bash', ['-c', line], { ...options, signal });
    const lambda = new LambdaClient(placeOf(env));
    await playDay({ demo, story: checklist.story('game day'), lambda, type }, day, env);
  } finally {
    const code = await demo.stop();
    checklist
      .story('the end ')
      .is('Ctrl-C ends the server, which made no mistake', [code, demo.errors], [0, '']);
  }
  const { checks, failed } = checklist;
  say(`${checks.length - failed} of ${checks.length} checks passed; what was typed is in ${directory}`);
  return failed === 0 ? 0 : 1;
}

function environmentOf(told: unknown, awsPrograms: string): Readonly<Record<string, string>> {
  const { AWS_PROFILE: _profile, AWS_SESSION_TOKEN: _token, ...own } = process.env;
  const known = Object.entries({ ...own, ...Object(told) }).map(([name, value]) => [
    name,
    String(value ?? ''),
  ]);
  const path = [awsPrograms, dirname(process.execPath), process.env['PATH'] ?? ''].join(':');
  // Whoever has a configuration of their own: it is none of this account's.
  const none = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  return { ...Object.fromEntries(known), ...none, PATH: path, NO_COLOR: '1' };
}

/** Given, not taken from this process's own environment. */
function placeOf(env: Readonly<Record<string, string>>) {
  const of = (name: string) => env[name] ?? '';
  const credentials = { accessKeyId: of('AWS_ACCESS_KEY_ID'), secretAccessKey: of('AWS_SECRET_ACCESS_KEY') };
  return { endpoint: of('AWS_ENDPOINT_URL'), region: of('AWS_REGION'), credentials };
}

async function playDay(rig: Rig, day: GameDay, env: Readonly<Record<string, string>>): Promise<void> {
  const { story, type } = rig;
  const before = await type(day.before);
  story.is(
    'before, every zone is healthy',
    [before.code, before.out.includes('every zone has egress')],
    [0, true],
  );
  const address = (await zoneNow(rig.lambda, 'a')).publicIp;
  const loop = startLoop(day.loop, env);
  try {
    for (const commands of day.breaks) await playRow(rig, commands);
  } finally {
    loop.end();
  }
  const answers = loop.lines().flatMap((line) => /^[\d:]{8} (\d+\.\d+\.\d+\.\d+)$/.exec(line)?.[1] ?? []);
  story.holds(
    'all the while a client in zone a is seen at one address, or has no answer',
    answers.length > 3 && answers.every((seen) => seen === address),
    address,
    loop.lines().join('\n'),
  );
  await playEnd(rig, day);
}

async function playEnd({ demo, story, type }: Rig, day: GameDay): Promise<void> {
  const [status, logs] = [await type(day.after[0] ?? ''), await type(day.after[1] ?? '')];
  story.is('after, every zone is healthy', [status.code, status.out.match(/✔ healthy/g)?.length], [0, 2]);
  story.holds(
    'the log shows how long a zone was without egress',
    logs.code === 0 && /zone a was without egress for/.test(logs.out),
    'zone a was without egress for …',
    logs.out + logs.err,
  );
  const doctor = await type('npx --no-install phoenat doctor');
  // It notes that gateways to go back to cost money.
  const isWell = doctor.code === 0 && !/^(error|warning)/m.test(doctor.out);
  story.holds('doctor finds nothing wrong', isWell, 'no error, no warning', doctor.out + doctor.err);
  const urgent = demo.happened.filter(({ kind, isUrgent }) => kind === 'alarm' && isUrgent === true);
  story.is('no alarm has woken anybody', urgent, []);
  // Somebody says yes to its question.
  const restored = await type(`${day.restore} --yes`);
  const seen = await type('curl -sS --max-time 2 "$AWS_ENDPOINT_URL/from/a"');
  story.holds(
    'restore leads back to the NAT gateway',
    /nat-/.test(seen.out),
    'nat-…',
    restored.err + seen.out,
  );
}

async function playRow(rig: Rig, commands: readonly string[]): Promise<void> {
  const { demo, story, type } = rig;
  const play = playOf(commands);
  const { zone } = play;
  const was = await zoneNow(rig.lambda, zone);
  const from = demo.happened.length;
  const line = await filledIn(rig, play, commands[0] ?? '', was.instanceId);
  const typed = await type(line);
  story.holds(line, typed.code === 0, 'exit code 0', typed.out + typed.err);
  const is = await healed(rig, play, from);
  const lost = demo.happened
    .slice(from)
    .filter(({ kind, change }) => kind === 'egress' && Object(change).to === 'lost');
  const whose = [...new Set(lost.map((entry) => entry['zone']))];
  story.is('  who was without egress', whose, [zone]);
  if (play.longestMs !== undefined) {
    const back = demo.happened.slice(from).flatMap(({ change }) => Number(Object(change).afterMs ?? 0));
    story.holds(
      '  and for no longer than',
      Math.max(...back) <= play.longestMs,
      `${play.longestMs} ms`,
      `${back} ms`,
    );
  }
  story.is('  the instance is another', is.instanceId !== was.instanceId, play.isReplaced);
  story.is('  the address is the same', is.publicIp, was.publicIp);
}

/** After the zone has lost egress, and nothing is left to do. What was settled before that is of what came before. */
async function healed({ demo, lambda }: Rig, { command, zone }: Play, from: number): Promise<ZoneNow> {
  const isLost = ({ kind, change, ...entry }: Happened) =>
    kind === 'egress' && Object(change).to === 'lost' && entry['zone'] === zone;
  await demo.next(`"${command}" takes egress from zone ${zone}`, isLost, from);
  const lostAt = demo.happened.findIndex((entry, index) => index >= from && isLost(entry));
  await demo.next(`"${command}" is healed`, ({ kind }) => kind === 'settled', lostAt);
  return await zoneNow(lambda, zone);
}

/** What the page leaves open is read from the account, as a person would. */
async function filledIn(
  rig: Rig,
  { insteadBreak, zone, command }: Play,
  line: string,
  instanceId: string,
): Promise<string> {
  if (insteadBreak !== undefined) {
    return `npm run --silent demo -- --break ${insteadBreak} --zone ${zone} --port "\${AWS_ENDPOINT_URL##*:}"`;
  }
  if (command.startsWith('npx ')) return `${line} --yes`;
  const ask = async (query: string) => {
    const { code, out, err } = await rig.type(`aws ec2 ${query} --output text`);
    if (code !== 0 || !/-[0-9a-f]+$/.test(out.trim())) throw new Error(`aws ec2 ${query}: ${out}${err}`);
    return out.trim();
  };
  const route = `--query "RouteTables[?Routes[?InstanceId=='${instanceId}']].RouteTableId | [0]"`;
  const address = `--filters Name=instance-id,Values=${instanceId} --query 'Addresses[0].AssociationId'`;
  return line
    .replace(' i-…', ` ${instanceId}`)
    .replace('rtb-…', line.includes('rtb-…') ? await ask(`describe-route-tables ${route}`) : '')
    .replace('eipassoc-…', line.includes('eipassoc-…') ? await ask(`describe-addresses ${address}`) : '');
}

type ZoneNow = { readonly instanceId: string; readonly publicIp: string };

/** As the controller reports it to AWS's SDK. */
async function zoneNow(lambda: LambdaClient, name: string): Promise<ZoneNow> {
  const Payload = JSON.stringify({ action: 'status', zone: name });
  const answer = await lambda.send(new InvokeCommand({ FunctionName: 'phoenat-Controller', Payload }));
  const text = new TextDecoder().decode(answer.Payload);
  const { zones }: Report = JSON.parse(text);
  const zone = zones.find((candidate) => candidate.zone === name);
  const { instanceId, publicIp } = { ...zone?.primary, ...zone?.address };
  if (instanceId === undefined || publicIp === undefined)
    throw new Error(`no instance in zone ${name}: ${text}`);
  return { instanceId, publicIp };
}

/** The page's loop, which asks the server instead of the internet. */
function startLoop(script: string, env: Readonly<Record<string, string>>) {
  const here = script.replace(/^CHECK=.*$/m, 'CHECK=$AWS_ENDPOINT_URL/from/a');
  const child: ChildProcess = spawn('bash', ['-c', here], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    out += part;
  });
  return { lines: () => out.trim().split('\n'), end: () => child.kill() };
}

const speed = readCommandLine({ script: 'test:game-day', usage }, (args) => {
  const { values } = parseOptions({ args, options: { speed: { type: 'string', default: '20' } } });
  return wholeNumber('--speed', values.speed, 1, 60);
});
try {
  process.exitCode = await main(`${speed}`);
} catch (error) {
  console.error(error instanceof SetUpError ? error.message : error);
  process.exitCode = 1;
}
