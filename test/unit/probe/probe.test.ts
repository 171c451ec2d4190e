import { afterEach, describe, expect, it, vi } from 'vitest';
import type { InstanceLimits } from '../../../functions/probe/ask-instance.ts';
import { type ProbeDeps, type ProbeLimits, probe, probeLimits } from '../../../functions/probe/probe.ts';
import { isPublicAddress } from '../../../shared/config/cidr.ts';
import { parseId } from '../../../shared/core/model/ids.ts';
import type { AskedInstance } from '../../../shared/core/model/reading.ts';
import { isUnresolved } from '../../../shared/core/model/reading.ts';
import { cert, LocalServers, lookup } from './local-servers.ts';

const servers = new LocalServers();
afterEach(() => servers.close());

/** Long for what answers on a busy machine; short for what never does. */
const patient: ProbeLimits = {
  target: { timeoutMs: 100_000, bodyMs: 100_000 },
  instance: { timeoutMs: 100_000, bodyMs: 100_000 },
  graceMs: 100_000,
};
const impatient: ProbeLimits = {
  target: { timeoutMs: 50, bodyMs: 50 },
  instance: { timeoutMs: 50, bodyMs: 50 },
  graceMs: 100_000,
};

const now = () => performance.now();

function depsFor(targets: readonly string[], more: Partial<ProbeDeps> = {}): ProbeDeps {
  return { targets, limits: patient, now, lookup, ca: cert, ...more };
}

const url = (port: number, path = '/') => `https://a.target.test:${port}${path}`;

async function ask(target: string, more: Partial<ProbeDeps> = {}) {
  const { targets, publicIp } = await probe([], depsFor([target], more));
  return { result: targets[0]?.result, publicIp };
}

describe('a target', () => {
  it.each([200, 204, 301, 403, 404, 500, 503])('has answered with HTTP %i: packets pass', async (status) => {
    const { port } = await servers.https((_request, response) => response.writeHead(status).end());

    expect(await ask(url(port))).toEqual({ result: { kind: 'answered', status }, publicIp: undefined });
  });

  it('is not followed to where it redirects', async () => {
    const other = await servers.https((_request, response) => response.end());
    const { port } = await servers.https((_request, response) =>
      response.writeHead(302, { location: url(other.port) }).end(),
    );

    expect((await ask(url(port))).result).toEqual({ kind: 'answered', status: 302 });
    expect(other.connections()).toBe(0);
  });

  it('that refuses the connection has failed', async () => {
    const port = await servers.closedPort();

    expect((await ask(url(port))).result).toEqual({
      kind: 'failed',
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('that takes the connection and says nothing has failed in time', async () => {
    const { port, connections } = await servers.tcp(() => undefined);

    expect((await ask(url(port), { limits: impatient })).result).toEqual({
      kind: 'failed',
      why: expect.stringMatching(/^no answer within \d+ ms$/),
    });
    // The server may hear of it after the client has given up.
    await vi.waitFor(() => expect(connections()).toBe(1), 10_000);
  });

  it('that hangs up has failed', async () => {
    const { port } = await servers.tcp((socket) => socket.destroy());

    expect((await ask(url(port))).result).toMatchObject({ kind: 'failed' });
  });

  it('that speaks something else has failed', async () => {
    const { port } = await servers.tcp((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));

    expect((await ask(url(port))).result).toMatchObject({ kind: 'failed' });
  });

  it('whose certificate nobody knows has failed: whoever answers there may be anybody', async () => {
    const { port } = await servers.https((_request, response) => response.end());
    const { ca: _ca, ...deps } = depsFor([url(port)]);

    const { targets } = await probe([], deps);

    expect(targets[0]?.result).toEqual({ kind: 'failed', why: expect.stringMatching(/self-signed/) });
  });

  it('with a certificate for another name has failed', async () => {
    const { port } = await servers.https((_request, response) => response.end());

    expect((await ask(`https://elsewhere.test:${port}/`)).result).toEqual({
      kind: 'failed',
      why: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
  });

  it('that answers at a private address has failed: its answer did not come through the NAT', async () => {
    const { port } = await servers.https((_request, response) => response.end());

    expect((await ask(url(port), { counts: isPublicAddress })).result).toEqual({
      kind: 'failed',
      why: '127.0.0.1 is no address of the internet: the way there does not go through the NAT',
    });
    expect((await ask(url(port), { counts: (address) => address === '127.0.0.1' })).result).toEqual({
      kind: 'answered',
      status: 200,
    });
  });

  it('that answers by half has answered: its status has come', async () => {
    const { port } = await servers.https((_request, response) => {
      response.writeHead(200, { 'content-length': '12' });
      response.write('203.0');
    });
    const limits = { ...patient, target: { ...patient.target, bodyMs: 20 } };

    expect(await ask(url(port), { limits })).toEqual({
      result: { kind: 'answered', status: 200 },
      publicIp: undefined,
    });
  });

  it('that answers without end is not read to its end', async () => {
    const { port } = await servers.https((_request, response) => {
      response.write('x'.repeat(100_000));
    });

    expect((await ask(url(port))).result).toEqual({ kind: 'answered', status: 200 });
  });

  it('with headers without end has failed', async () => {
    const { port } = await servers.https((_request, response) =>
      response.writeHead(200, { 'x-much': 'x'.repeat(12_000) }).end(),
    );

    expect((await ask(url(port))).result).toMatchObject({ kind: 'failed' });
  });

  it('that fails is not asked again: whoever asks the probe counts the tries', async () => {
    let tries = 0;
    const { port } = await servers.https((request) => {
      tries += 1;
      request.destroy();
    });

    expect((await ask(url(port))).result).toMatchObject({ kind: 'failed' });
    expect(tries).toBe(1);
  });

  it('whose name cannot be resolved has failed, and says so', async () => {
    const noName = Object.assign(new Error('getaddrinfo ENOTFOUND a.target.test'), { code: 'ENOTFOUND' });

    expect(
      (await ask(url(443), { lookup: (_name, _options, callback) => callback(noName, '') })).result,
    ).toEqual({ kind: 'failed', why: 'getaddrinfo ENOTFOUND a.target.test' });
  });

  it('is looked up as IPv4 only: IPv6 does not go through the NAT', async () => {
    const families: unknown[] = [];

    await ask(url(443), {
      lookup: (_name, { family }, callback) => {
        families.push(family);
        callback(new Error('not found'), '');
      },
    });

    expect(families).toEqual([4]);
  });

  it('whose name is never resolved has failed in time; one that needs no name is asked all the same', async () => {
    const { port } = await servers.https((_request, response) => response.end());

    const { targets } = await probe(
      [],
      depsFor([url(port), `https://127.0.0.1:${port}/`], {
        limits: { ...impatient, graceMs: 1, target: { ...impatient.target, timeoutMs: 100_000 } },
        lookup: () => undefined,
      }),
    );

    expect(targets.map(({ result }) => result.kind)).toEqual(['failed', 'answered']);
    expect(targets.map(isUnresolved)).toEqual([true, false]);
  });
});

describe('the public address', () => {
  const echo = async (text: string, status = 200) => {
    const { port } = await servers.https((_request, response) => response.writeHead(status).end(text));
    return (await ask(url(port))).publicIp;
  };

  it.each(['203.0.113.7', '203.0.113.7\n', ' 203.0.113.7\r\n'])('is what a target says: %j', async (text) => {
    expect(await echo(text)).toBe('203.0.113.7');
  });

  it.each([
    '',
    'hello',
    '<html>203.0.113.7</html>',
    '203.0.113.7 203.0.113.8',
    '999.0.113.7',
    '203.0.113.07',
    '10.0.0.5',
    '127.0.0.1',
    '2001:db8::7',
    `203.0.113.7${' '.repeat(1_000)}\u001b[2J`,
    '203.0.113.7,\u202e',
  ])('is not known where a target says %j', async (text) => {
    expect(await echo(text)).toBeUndefined();
  });

  it('is not known from an answer that is no success', async () => {
    expect(await echo('203.0.113.7', 500)).toBeUndefined();
  });
});

describe('all targets', () => {
  it('are asked at the same time, and told in their order', async () => {
    const waiting: (() => void)[] = [];
    const { port } = await servers.https((_request, response) => {
      // Nobody is answered before all three have come.
      waiting.push(() => response.end());
      if (waiting.length === 3) for (const answer of waiting) answer();
    });
    const targets = ['/one', '/two', '/three'].map((path) => url(port, path));

    const answer = await probe([], depsFor(targets));

    expect(answer.targets).toEqual(
      targets.map((target) => ({
        target,
        tookMs: expect.any(Number),
        result: { kind: 'answered', status: 200 },
      })),
    );
  });

  it('are not waited for in full once one has answered', async () => {
    const fine = await servers.https((_request, response) => response.end());
    const silent = await servers.tcp(() => undefined);
    const limits = { ...patient, graceMs: 10, target: { ...patient.target, timeoutMs: 10_000_000 } };

    const { targets } = await probe([], depsFor([url(silent.port), url(fine.port)], { limits }));

    expect(targets.map(({ result }) => result.kind)).toEqual(['failed', 'answered']);
    expect(silent.connections()).toBe(1);
  });

  it('are each reached by a connection of its own, at each call', async () => {
    const { port, connections } = await servers.https((_request, response) => response.end());

    for (let asked = 0; asked < 3; asked += 1) await probe([], depsFor([url(port)]));

    expect(connections()).toBe(3);
  });

  it('and all instances are done with within 2.5 s, whatever they do', () => {
    const { target, instance, graceMs } = probeLimits;

    expect(Math.max(target.timeoutMs + target.bodyMs, instance.timeoutMs, graceMs)).toBeLessThan(2_400);
  });
});

describe('an instance', () => {
  const instanceId = parseId('instance', 'i-0123456789abcdef0');
  const here = (): AskedInstance[] =>
    instanceId === undefined ? [] : [{ instanceId, privateIp: '127.0.0.1' }];

  const askAt = async (port: number, shorter: Partial<InstanceLimits> = {}) => {
    const limits = { ...patient, instance: { ...patient.instance, port, ...shorter } };
    return (await probe(here(), depsFor([], { limits }))).instances;
  };

  it.each([200, 503])('is told as it says, with HTTP %i', async (status) => {
    const health = { ok: status === 200, ready: true, problems: [] };
    const { port } = await servers.http((_request, response) =>
      response.writeHead(status).end(JSON.stringify(health)),
    );

    expect(await askAt(port)).toEqual([
      { instanceId, tookMs: expect.any(Number), result: { kind: 'answered', health } },
    ]);
  });

  /** What an instance that answers so is given. */
  const putsTo = async (health: object, brought: Pick<ProbeDeps, 'extras' | 'inUse'>, isTaken = true) => {
    const puts: string[] = [];
    const { port } = await servers.http((request, response) => {
      if (request.method === 'GET') return response.end(JSON.stringify(health));
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts);
        const isWhole = Number(request.headers['content-length']) === body.length;
        puts.push(`${request.method} ${request.url} ${isWhole} ${body}`);
        if (isTaken) response.end();
        else response.destroy();
      });
      return undefined;
    });
    const limits = { ...patient, instance: { ...patient.instance, port } };
    const { instances } = await probe(here(), depsFor([], { limits, ...brought }));
    expect(instances[0]?.result).toEqual({ kind: 'answered', health });
    return puts;
  };

  describe('that wants what its user data had no room for', () => {
    const extras = { hash: 'f'.repeat(64), text: '#!/bin/bash\n# Größe\n' };
    const given = async (wants: unknown, isTaken = true) => await putsTo({ wants }, { extras }, isTaken);

    it('is given it, by its hash', async () => {
      expect(await given(extras.hash)).toEqual([`PUT /extras true ${extras.text}`]);
    });

    it.each([null, undefined, 'e'.repeat(64), {}])('is given nothing where it wants %j', async (wants) => {
      expect(await given(wants)).toEqual([]);
    });

    it('has answered whether or not it takes it', async () => {
      expect(await given(extras.hash, false)).toHaveLength(1);
    });
  });

  describe('that asks clients', () => {
    const inUse = ['10.0.1.4', '10.0.2.0/28'];

    it('is told which addresses are in use where it has not been told', async () => {
      expect(await putsTo({ paging: { until: 712, inUse: null } }, { inUse })).toEqual([
        'PUT /in-use true 10.0.1.4 10.0.2.0/28',
      ]);
    });

    it.each([{ paging: { until: 712, inUse: 4 } }, { paging: { until: 712 } }, { paging: null }, {}])(
      'is told nothing where it says %j',
      async (health) => {
        expect(await putsTo(health, { inUse })).toEqual([]);
      },
    );

    it('is told nothing where nothing was brought', async () => {
      expect(await putsTo({ paging: { until: 712, inUse: null } }, {})).toEqual([]);
    });
  });

  it('that refuses has not answered', async () => {
    expect((await askAt(await servers.closedPort()))[0]?.result).toEqual({
      kind: 'no-answer',
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('that hangs has not answered', async () => {
    const { port } = await servers.tcp(() => undefined);

    expect((await askAt(port, { timeoutMs: 50 }))[0]?.result).toEqual({
      kind: 'no-answer',
      why: expect.stringMatching(/^no answer within \d+ ms$/),
    });
  });

  it.each(['nothing at all', '"text"', 'null', '12', '\u001b[2J'])('that says %j is odd', async (text) => {
    const { port } = await servers.http((_request, response) => response.end(text));
    const [answer] = await askAt(port);

    expect(answer?.result).toEqual({ kind: 'odd', why: expect.stringMatching(/^[ -~]+$/) });
  });

  it('that stops in the middle is odd', async () => {
    const { port } = await servers.http((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"ok": true');
    });

    expect((await askAt(port, { bodyMs: 20 }))[0]?.result).toMatchObject({ kind: 'odd' });
  });

  it('that breaks off is odd', async () => {
    const { port } = await servers.tcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n{"ok": true}'));
    });

    expect((await askAt(port))[0]?.result).toMatchObject({ kind: 'odd' });
  });

  it('that says more than any health answer is odd', async () => {
    const { port } = await servers.http((_request, response) =>
      response.end(`{"ok":"${'x'.repeat(20_000)}"}`),
    );

    expect((await askAt(port))[0]?.result).toMatchObject({ kind: 'odd' });
  });

  it('that is too deep to be passed on is odd', async () => {
    const { port } = await servers.http((_request, response) =>
      response.end(`${'['.repeat(8_000)}${']'.repeat(8_000)}`),
    );
    const answer = await askAt(port);

    expect(answer[0]?.result).toMatchObject({ kind: 'odd' });
    expect(() => JSON.stringify(answer)).not.toThrow();
  });
});
