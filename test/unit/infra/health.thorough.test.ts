import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import { parseProbeAnswer } from '../../../shared/aws/parse-probe-answer.ts';

const files = readBootstrapFiles();
const dir = mkdtempSync(join(tmpdir(), 'phoenat-health-'));

/** A file of the machine's, below this folder: /proc/uptime, /run/phoenat/problem. */
function put(path: string, content: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true });
  writeFileSync(join(dir, path), content);
}

const setUptime = (seconds: number) => put('/proc/uptime', `${seconds}.37 1.00\n`);
const inRun = (name: string, content: string) => put(`/run/phoenat/${name}`, content);

/** As nft 1.0 lists the shipped table. */
const ruleset = `table ip phoenat {
	counter out {
		comment "from clients, let through"
		packets 12 bytes 3400
	}
	counter back {
		packets 11 bytes 90000
	}
	set clients {
		elements = { 10.0.0.0/16 }
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		counter packets 5 bytes 6
	}
	chain postrouting {
		oif "ens5" masquerade
	}
}
`;

/** Egress is asked for only where the note is older than ten seconds: here it never is. */
function answer(env: Readonly<Record<string, string>> = {}, input = 'GET / HTTP/1.0\r\n\r\n'): string {
  return execFileSync('bash', [join(dir, 'etc/health.sh')], {
    encoding: 'utf8',
    input,
    env: {
      PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`,
      PHOENAT_DIR: join(dir, 'etc'),
      PHOENAT_RUN: join(dir, 'run/phoenat'),
      ...env,
    },
  });
}

type Health = Readonly<Record<string, unknown>>;

function healthAt(seconds: number): Health {
  setUptime(seconds);
  const parsed: Health = JSON.parse(answer().split('\r\n\r\n')[1] ?? '');
  return parsed;
}

beforeEach(() => {
  rmSync(dir, { recursive: true, force: true });
  for (const name of ['say.sh', 'look.sh', 'health.sh'] as const) {
    put(`/etc/${name}`, files[name].replaceAll('/proc/', join(dir, 'proc/')));
  }
  put('/etc/nat.env', 'SPEC_HASH=0f3c\n');
  put('/etc/rules', ruleset);
  put('/bin/nft', `#!/bin/bash\ncat "${join(dir, 'etc/rules')}"\n`);
  chmodSync(join(dir, 'bin/nft'), 0o755);
  put('/proc/sys/net/ipv4/ip_forward', '1\n');
  put('/proc/sys/net/ipv4/conf/all/send_redirects', '0\n');
  put('/proc/sys/net/netfilter/nf_conntrack_count', '212\n');
  put('/proc/sys/net/netfilter/nf_conntrack_max', '65536\n');
  inRun('forwarded', '');
  inRun('egress', '100 yes 0\n');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('health.sh', () => {
  it('says what is, where all is well', () => {
    inRun('boot-rules', '21.05\n');
    inRun('boot-egress', '23.40\n');

    expect(healthAt(101)).toEqual({
      ok: true,
      ready: true,
      problems: [],
      forwarding: true,
      redirects: false,
      masquerade: true,
      filter: true,
      nameFilter: null,
      egress: true,
      connections: { used: 212, most: 65_536 },
      counters: { out: { packets: 12, bytes: 3_400 }, back: { packets: 11, bytes: 90_000 } },
      lastMinute: null,
      boot: { rules: 21.05, egress: 23.4 },
      early: null,
      guard: null,
      handOver: null,
      flowTable: null,
      standIn: null,
      wants: null,
      copy: null,
      paging: null,
      uptimeSeconds: 101,
      spec: '0f3c',
    });
    expect(answer()).toMatch(/^HTTP\/1\.0 200 OK\r\n/);
  });

  it('tells what comes of asking clients, in the words of the program that does', () => {
    inRun('paging', '{"until": 400, "seen": 4, "pages": 44, "copies": 176}\n');
    expect(healthAt(101)['paging']).toEqual({ until: 400, seen: 4, pages: 44, copies: 176 });
    inRun('paging', '{"cannot": "nft does not answer"}\n');
    expect(healthAt(101)).toMatchObject({ ok: true, paging: { cannot: 'nft does not answer' } });
  });

  it('leaves out what the flow table passes by', () => {
    const knocked = '\tcounter knocked {\n\t\tpackets 3 bytes 180\n\t}\n\tset clients';
    put('/etc/rules', ruleset.replace('\tset clients', knocked));
    const of = (content: string) => {
      inRun('flow-table', content);
      const { flowTable, counters, ok } = healthAt(101);
      return { flowTable, counters, ok };
    };
    const knocks = { knocked: { packets: 3, bytes: 180 } };
    const all = { out: { packets: 12, bytes: 3_400 }, back: { packets: 11, bytes: 90_000 }, ...knocks };

    expect(of('true\n')).toEqual({ flowTable: true, counters: knocks, ok: true });
    expect(of('false\n')).toEqual({ flowTable: false, counters: all, ok: true });
    expect(of('null\n')).toEqual({ flowTable: null, counters: all, ok: true });
    expect(of('$(reboot)\n')).toEqual({ flowTable: null, counters: all, ok: true });
  });

  it('says that the guard does not run when it has not for ten minutes, since forwarding began or its last word', () => {
    inRun('boot-forwarding', '21.05\n');
    const problemsAt = (seconds: number) => {
      inRun('egress', `${seconds} yes 0\n`);
      return healthAt(seconds)['problems'];
    };
    const missing = [{ what: 'the guard does not run', forSeconds: 0 }];

    expect([problemsAt(621), problemsAt(622)]).toEqual([[], missing]);
    inRun('boot-forwarding', '0.97\n');
    expect([problemsAt(600), problemsAt(601)]).toEqual([[], missing]);
    inRun('guard', '0000000700 0000000003\n');
    expect([problemsAt(800), problemsAt(1_300), problemsAt(1_301)]).toEqual([[], [], missing]);
    inRun('guard', '0000001310 0000000003\n');
    expect(problemsAt(1_311)).toEqual([]);
    inRun('guard', 'nonsense\n');
    inRun('boot-forwarding', 'nonsense\n');
    expect(problemsAt(5_000)).toEqual([]);
  });

  it('says since when each problem is there, as long as it is asked', () => {
    put('/proc/sys/net/ipv4/ip_forward', '0\n');
    const at = (seconds: number) => healthAt(seconds)['problems'];

    expect([at(100), at(104), at(109)]).toEqual(
      [0, 4, 9].map((forSeconds) => [{ what: 'forwarding is off', forSeconds }]),
    );
    put('/proc/sys/net/ipv4/conf/all/send_redirects', '1\n');
    expect(at(110)).toEqual([
      { what: 'forwarding is off', forSeconds: 10 },
      { what: 'redirects are on', forSeconds: 0 },
    ]);
    expect(answer()).toMatch(/^HTTP\/1\.0 503 /);
  });

  it('begins anew what nobody has seen for a while: it may have been away', () => {
    put('/proc/sys/net/ipv4/ip_forward', '0\n');
    healthAt(100);

    expect(healthAt(116)['problems']).toEqual([{ what: 'forwarding is off', forSeconds: 0 }]);
  });

  it.each(['', 'x\n', '0000000200 0000000200\n', '1 2\n', '-000000001 0000000100\n'])(
    'takes the note %j for none',
    (note) => {
      put('/proc/sys/net/ipv4/ip_forward', '0\n');
      inRun('since-forwarding', note);

      expect(healthAt(101)['problems']).toEqual([{ what: 'forwarding is off', forSeconds: 0 }]);
    },
  );

  it('is ready when the boot is done and it can forward, whatever lies beyond', () => {
    inRun('egress', '100 no 3\n');
    expect(healthAt(101)).toMatchObject({ ok: false, ready: true, egress: false });

    rmSync(join(dir, 'run/phoenat/forwarded'));
    expect(healthAt(101)).toMatchObject({ ready: false });
  });

  it.each([
    ['forwarding', () => put('/proc/sys/net/ipv4/ip_forward', '0\n')],
    ['masquerade', () => put('/etc/rules', ruleset.replace('masquerade', 'accept'))],
    ['filter', () => put('/etc/rules', ruleset.replace('policy drop', 'policy accept'))],
  ])('is not ready without %s', (what, harm) => {
    harm();

    expect(healthAt(101)).toMatchObject({ ok: false, ready: false, [what]: false });
  });

  it('is not ready while it fetches connections, for some seconds', () => {
    inRun('boot-forwarding', '31.02\n');
    inRun('fetching', '98\n');
    expect([99, 103].map((at) => healthAt(at)['ready'])).toEqual([false, false]);
    expect([104, 200].map((at) => healthAt(at)['ready'])).toEqual([true, true]);
    rmSync(join(dir, 'run/phoenat/fetching'));
    expect(healthAt(99)['ready']).toBe(true);
  });

  it('is not ready where names are filtered and the filter does not answer', () => {
    put('/etc/nat.env', 'NAMES=.example.com\n');

    expect(healthAt(101)).toMatchObject({ ok: false, ready: false, nameFilter: false });
  });

  it('passes on what the guard notes, while it is fresh', () => {
    inRun('minute', '60 {"bytes": 8123, "exceeded": null}\n');
    inRun('guard', '100 7\n');

    expect(healthAt(101)).toMatchObject({
      lastMinute: { bytes: 8_123, exceeded: null },
      guard: { repairs: 7 },
    });
    expect(healthAt(191)).toMatchObject({ lastMinute: null, guard: null });
  });

  it('says as which address other zones leave, while the rules know it', () => {
    const known = ruleset.replace(
      '\tset clients',
      '\tmap others {\n\t\telements = { 10.0.9.0/24 : 10.0.1.5 }\n\t}\n\tset clients',
    );
    const told = (note: string, rules: string) => {
      put('/etc/rules', rules);
      inRun('stand-in', note);
      return healthAt(100)['standIn'];
    };

    expect(told('10.0.1.5\n', known)).toBe('10.0.1.5');
    expect(told('10.0.1.5\n', ruleset)).toBeNull();
    expect(told('10.0.1.5\n', known.replace('10.0.1.5', '10.0.1.55'))).toBeNull();
    expect(told('\n', known)).toBeNull();
    expect(told('"x"\n', known)).toBeNull();
  });

  it('says how the rules came, or why not without nft', () => {
    inRun('early', 'loaded\n');
    expect(healthAt(101)['early']).toBe('loaded');

    inRun('early', 'there is "no" python3\n');
    expect(healthAt(101)['early']).toBe('there is no python3');
  });

  it('asks the kernel by Python where there is no nft', () => {
    const listing = 'hook forward, policy drop\\nmasquerade\\nothers : 10.0.1.5 ;\\n';
    put('/few/python3', `#!/bin/bash\n[ "$2" = look ] && printf '${listing}'\n`);
    chmodSync(join(dir, 'few/python3'), 0o755);
    symlinkSync('/bin/bash', join(dir, 'few/bash'));
    inRun('stand-in', '10.0.1.5\n');
    setUptime(101);
    const said: Health = JSON.parse(answer({ PATH: join(dir, 'few') }).split('\r\n\r\n')[1] ?? '');

    expect(said).toMatchObject({ masquerade: true, filter: true, standIn: '10.0.1.5', counters: {} });
  });

  it('says whether a shutdown would be held, and how long one has been', () => {
    inRun('hand-over', 'ready\n');
    expect(healthAt(101)).toMatchObject({ handOver: null });

    put('/etc/nat.env', 'HAND_OVER_SECONDS=60\n');
    expect(healthAt(101)['handOver']).toEqual({ atMostSeconds: 60 });
    inRun('hand-over', 'holds 97\n');
    expect(healthAt(101)['handOver']).toEqual({ atMostSeconds: 60, heldForSeconds: 4 });
    for (const odd of ['', 'holds\n', 'holds x\n', 'over 97\n']) {
      inRun('hand-over', odd);
      expect(healthAt(101)).toMatchObject({ handOver: null });
    }
    rmSync(join(dir, 'run/phoenat/hand-over'));
    expect(healthAt(101)).toMatchObject({ handOver: null });
  });

  it.each(['', 'x', '60', '60 {"bytes": 1', '60 bytes', 'x {}'])(
    'is whole where the notes are %j',
    (note) => {
      for (const name of ['minute', 'guard', 'boot-rules', 'since-boot']) inRun(name, note);

      expect(healthAt(101)).toMatchObject({ ok: true, lastMinute: null, guard: null, boot: {} });
    },
  );

  it('is whole where what failed has quotes, backslashes and control characters in it', () => {
    inRun('problem', 'no "route" \\ to\there\u0007\nmore\n');

    expect(healthAt(101)['problems']).toEqual([{ what: 'no route  to here ', forSeconds: 0 }]);
  });

  it('is what the controller understands, all of it', () => {
    put('/proc/sys/net/ipv4/conf/all/send_redirects', '1\n');
    inRun('boot-address', '9.25\n');
    inRun('boot-forwarding', '21.5\n');
    inRun('guard', '100 7\n');
    inRun(
      'minute',
      '60 {"bytes": 8123, "packets": 9, "insertFailed": 1, "dropped": null, "stealPercent": 12.4, "exceeded": {"bw_in": 2}}\n',
    );
    healthAt(97);
    const result = { kind: 'answered', health: healthAt(101) };
    const asked = { instanceId: 'i-0123456789abcdef0', tookMs: 12, result };

    expect(parseProbeAnswer({ targets: [], instances: [asked] })).toMatchObject({
      answer: {
        instances: [
          {
            result: {
              kind: 'answered',
              health: {
                ready: true,
                forwarding: true,
                masquerade: true,
                filter: true,
                egress: true,
                problems: [{ what: 'redirects are on', forMs: 4_000 }],
                specHash: '0f3c',
                uptimeMs: 101_000,
                load: {
                  bytes: 8_123,
                  packets: 9,
                  insertFailed: 1,
                  connections: { used: 212, most: 65_536 },
                  stealPercent: 12,
                  exceeded: { bw_in: 2 },
                },
                milestones: { address: 9_250, forwarding: 21_500 },
                repairs: 7,
              },
            },
          },
        ],
      },
    });
  });
});

describe('what the user data had no room for', () => {
  const text = '#!/bin/bash\necho "a\\b"  \n\nexit\n';
  const hash = createHash('sha256').update(text).digest('hex');
  const send = (body: string, length = body.length) =>
    answer({}, `PUT /extras HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n${body}`).split(
      '\r\n',
    )[0];
  const taken = () => {
    const path = join(dir, 'run/phoenat/extras');
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };

  it('is wanted until it is there', () => {
    inRun('wants', `${hash}\n`);
    expect(healthAt(101)).toMatchObject({ wants: hash, problems: [] });
    expect(healthAt(700)['problems']).toMatchObject([{ what: expect.stringContaining('user data') }]);

    writeFileSync(join(dir, 'etc/extras.sh'), '');
    expect(healthAt(701)).toMatchObject({ wants: null, problems: [] });
  });

  it('is taken by its hash', () => {
    inRun('wants', `${hash}\n`);

    expect(send(text)).toBe('HTTP/1.0 200 OK');
    expect(taken()).toBe(text);
  });

  it('is nothing else that somebody sends', () => {
    inRun('wants', `${hash}\n`);

    expect(send(`${text}reboot\n`)).toBe('HTTP/1.0 400 Bad Request');
    expect(send(text, 3)).toBe('HTTP/1.0 400 Bad Request');
    expect(send('', 0)).toBe('HTTP/1.0 400 Bad Request');
    expect(taken()).toBeUndefined();
    expect(readdirSync(join(dir, 'run/phoenat')).filter((name) => name.startsWith('extras'))).toEqual([]);
  });

  it('is taken from nobody where it is not wanted, or is there', () => {
    setUptime(101);
    send(text);
    expect(taken()).toBeUndefined();
    inRun('wants', `${hash}\n`);
    writeFileSync(join(dir, 'etc/extras.sh'), '');
    send(text);
    expect(taken()).toBeUndefined();
  });
});
