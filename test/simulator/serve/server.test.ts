import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LivingAccount } from '../../../simulator/serve/living-account.ts';
import { type Served, serveAccount } from '../../../simulator/serve/server.ts';

const defects: unknown[] = [];
let account: LivingAccount;
let served: Served;

/** It stands still, but where a test moves it on: nothing heals here. */
let nowMs = 0;

beforeAll(async () => {
  account = await LivingAccount.open({ now: () => nowMs });
  served = await serveAccount({ account, port: 0, onDefect: (error) => defects.push(error) });
});
afterAll(async () => {
  await served.stop();
  expect(defects).toEqual([]);
});

const signed = (service: string) =>
  `Authorization: AWS4-HMAC-SHA256 Credential=a/20261128/eu-central-1/${service}/aws4_request`;
const form = 'Content-Type: application/x-www-form-urlencoded';
const own = () => `Host: 127.0.0.1:${served.port}`;
const running = () =>
  account.harness.sim.region.store.instances.current.all().filter(({ state }) => state === 'running').length;

function request(line: string, headers: readonly string[], body = ''): string {
  const all = [...headers, `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close'];
  return `${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body}`;
}

/** What comes back for these bytes; `ends`: the client sends no more after them. */
function exchange(bytes: string, ends = false): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port: served.port, host: '127.0.0.1' });
    let said = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
    socket.on('error', () => undefined).on('close', () => resolve(said));
    if (ends) socket.end(bytes);
    else socket.write(bytes);
  });
}

const statusOf = (answer: string) => Number(answer.split(' ')[1]);
/** Answered at once, also while time stands still. */
const whoAmI = 'Action=GetCallerIdentity&Version=2011-06-15';
const ask = (headers: readonly string[]) =>
  exchange(request('POST /', [signed('sts'), form, ...headers], whoAmI));

describe('the served account', () => {
  it('is to be reached from this machine alone', () => {
    expect(served.address).toBe('127.0.0.1');
  });

  it.each(['127.0.0.1', 'localhost', 'ec2.localhost:8000', '127.1.2.3:80', '[::1]:5600'])(
    'answers whoever asks it as %s',
    async (host) => {
      expect(statusOf(await ask([`Host: ${host}`]))).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'evil.example:5600',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'localhost@evil.example',
    'evil.example#localhost',
    '169.254.169.254',
    '[::ffff:a00:1]',
    '',
  ])('refuses a name that resolves to it and is not its own: "%s"', async (host) => {
    const answer = await ask([`Host: ${host}`]);

    expect(statusOf(answer)).toBe(403);
    expect(answer).toMatch(/<Error><Type>Sender<\/Type><Code>AccessDenied<\/Code><Message>.*127\.0\.0\.1/);
  });

  it.each([
    'Origin: https://evil.example',
    'Origin: null',
    'Origin: http://localhost:3000',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-site',
  ])('refuses a web page: %s', async (header) => {
    expect(statusOf(await ask([own(), header]))).toBe(403);
    const broken = await exchange(request('POST /break/terminate?zone=a', [own(), header]));
    expect([statusOf(broken), running()]).toEqual([403, 2]);
  });

  it('does not allow a web page to ask at all', async () => {
    const preflight = [own(), 'Origin: https://evil.example', 'Access-Control-Request-Method: POST'];
    const answer = await exchange(request('OPTIONS /', preflight));

    expect(statusOf(answer)).toBe(403);
    expect(answer.toLowerCase()).not.toContain('access-control-allow');
  });

  it('answers a person’s browser and its own page', async () => {
    const lines = [
      'Sec-Fetch-Site: none',
      'Sec-Fetch-Site: same-origin',
      `Origin: http://127.0.0.1:${served.port}`,
    ];
    for (const line of lines) {
      expect(await exchange(request('GET /from/a', [own(), line]))).toMatch(/\r\n\r\n\d+\.\d+\.\d+\.\d+\n$/);
    }
  });

  it('changes nothing but for a POST', async () => {
    const targets = [
      'GET /break/terminate?zone=a',
      'GET /break?what=terminate&zone=a',
      'PUT /break/terminate',
    ];
    for (const target of targets) expect(statusOf(await exchange(request(target, [own()])))).toBe(405);
    const id = account.harness.sim.region.store.instances.current.all()[0]?.id ?? '';
    const body = `Action=TerminateInstances&Version=2016-11-15&InstanceId.1=${id}`;
    const sent = await exchange(request('GET /', [own(), signed('ec2'), form], body));
    const invoked = await exchange(
      request('GET /2015-03-31/functions/phoenat-Controller/invocations', [own(), signed('lambda')], '{}'),
    );

    expect([statusOf(sent), statusOf(invoked), running()]).toEqual([405, 404, 2]);
    expect(await exchange(request('GET /break', [own()]))).toContain('terminates the instance');
    expect(await exchange(request('POST /break/reboot?zone=b', [own()]))).toContain('somebody reboots');
  });
});

describe('what EC2 refuses', () => {
  it('is no mistake of the server’s', async () => {
    const post = (target: string) => exchange(request(`POST ${target}`, [own()]));
    await post('/break/throttle');
    const body = 'Action=DescribeInstances&Version=2016-11-15';
    const asked = [1, 2].map(() => exchange(request('POST /', [own(), signed('ec2'), form], body)));
    nowMs += 10_000;
    const answers = await Promise.all(asked);
    await post('/break/mend');

    expect(answers.map(statusOf).toSorted()).toEqual([200, 503]);
    expect(defects).toEqual([]);
  });
});

describe('a request that is no good', () => {
  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'InvalidRequest'],
    ['a whole URL', request('GET http://evil.example/', ['Host: localhost']), 400, 'is no path'],
    ['no path', request('OPTIONS *', ['Host: localhost']), 400, 'is no path'],
    ['no name of the server', 'GET / HTTP/1.0\r\n\r\n', 403, 'without a name'],
    ['too many headers', request('GET /', [`Host: localhost`, `A: ${'a'.repeat(20_000)}`]), 431, '16 KB'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'InvalidRequest',
    ],
  ])('is answered with one error: %s', async (_what, bytes, status, said) => {
    const answer = await exchange(bytes);

    expect(statusOf(answer)).toBe(status);
    expect(answer).toContain(said);
    expect(answer.split('HTTP/1.1 ')).toHaveLength(2);
  });

  it('is refused once it is too long, though it has no end', async () => {
    const head = `POST / HTTP/1.1\r\n${own()}\r\n${signed('ec2')}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `${(100_000).toString(16)}\r\n${'a'.repeat(100_000)}\r\n`;
    const answer = await new Promise<string>((resolve) => {
      const socket = connect({ port: served.port, host: '127.0.0.1' });
      socket.setEncoding('utf8').once('data', (part: string) => {
        socket.destroy();
        resolve(part);
      });
      socket.write(head + chunk.repeat(11));
    });

    expect(statusOf(answer)).toBe(413);
    expect(answer).toContain('<Code>RequestEntityTooLargeException</Code>');
  });

  it('is answered, or forgotten, where its client goes in the midst', async () => {
    const whole = request('POST /', [own(), signed('sts'), form], whoAmI);
    const cuts = [1, 10, 40, whole.length - 100, whole.length - 10, whole.length - 1];
    const answers = await Promise.all(cuts.map((cut) => exchange(whole.slice(0, cut), true)));

    expect(answers.map(statusOf)).toEqual(cuts.map(() => 400));
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const socket = connect({ port: served.port, host: '127.0.0.1' }).on('error', () => undefined);
        await new Promise((resolve) => socket.write(whole.slice(0, index), resolve));
        socket.resetAndDestroy();
      }),
    );
    expect(statusOf(await exchange(whole))).toBe(200);
  });
});
