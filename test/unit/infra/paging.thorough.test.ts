import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const prelude = `
import json, sys
sys.path.insert(0, "infra/nat-instance")
sys.dont_write_bytecode = True
import paging
`;

function python(program: string): string {
  return execFileSync('python3', ['-c', `${prelude}${program}`], { encoding: 'utf8' });
}
const told = (expression: string): unknown => JSON.parse(python(`print(json.dumps(${expression}))`));

const rulesOf = (egress: string, seen = 0, rest = 3) =>
  python(`
seen = ["10.0.%d.%d" % (n // 200, n % 200) for n in range(${seen})]
rest = ["10.1.%d.%d" % (n // 200, n % 200) for n in range(${rest})]
print(paging.ruleset("ens5", "${egress}", "10.0.0.0/8", {"own": ("10.0.0.4", seen, paging.parts(rest))}, 300))
`);

/** Packets a second that are copied to clients that have been seen, and copies of one. */
function boundsOf(rules: string) {
  const rate = Number(/limit rate (\d+)\/second burst \d+ packets goto own_asked/.exec(rules)?.[1]);
  const parts = [...rules.matchAll(/^chain own_seen_\d+ \{\n((?:ip .*\n)*)\}/gm)];
  return { rate, parts: parts.map(([, lines = '']) => lines.split('\n').length - 1) };
}

describe('the rules by which clients are asked', () => {
  it('take packets from where clients may connect to, and from nowhere else', () => {
    const web = rulesOf('tcp 443 0.0.0.0/0;tcp 80 198.51.100.0/24;udp 53 0.0.0.0/0');

    expect(web).toContain('{ 0.0.0.0/0 . 443, 198.51.100.0/24 . 80 }');
    expect(web).toContain('ip saddr . tcp sport @servers goto orphan');
    expect(web).not.toContain('anywhere');
    const all = rulesOf('all;tcp 25 198.51.100.0/24');
    expect(all).toContain(
      'set anywhere { type ipv4_addr; flags interval; auto-merge; elements = { 0.0.0.0/0 }; }',
    );
    expect(all).toContain('ip saddr @anywhere goto orphan');
  });

  it('copy no more in a second with many clients than with few, and all in turn', () => {
    expect(boundsOf(rulesOf('all', 4))).toEqual({ rate: 1_000, parts: [4] });
    expect(boundsOf(rulesOf('all', 40))).toEqual({ rate: 125, parts: [40] });
    expect(boundsOf(rulesOf('all', 1_000))).toEqual({ rate: 5, parts: [1_000] });
    const many = rulesOf('all', 2_100);
    expect(boundsOf(many)).toEqual({ rate: 4, parts: [1_024, 1_024, 52] });
    expect(many).toContain(
      'numgen inc mod 3 vmap { 0 : jump own_seen_0, 1 : jump own_seen_1, 2 : jump own_seen_2 }',
    );
  });

  it('copy no more bytes in a second, whatever the clients, and whole packets to few of them alone', () => {
    for (const clients of [4, 100, 1_000]) {
      const [, rate, burst] =
        /limit rate (\d+) bytes\/second burst (\d+) bytes/.exec(rulesOf('all', clients)) ?? [];

      expect(Number(rate) * clients).toBeLessThanOrEqual(2_000_000);
      expect(Number(burst) * clients).toBeLessThanOrEqual(256_000);
      expect(Number(burst) > 1_500).toBe(clients < 170);
    }
  });

  it('leave the rest to wait: what those who were seen have been asked about already, and what nobody has', () => {
    const rules = rulesOf('all', 4);

    expect(rules).toMatch(/chain own_asked \{\nlog group 28777 snaplen 1600\njump own_seen_0\ndrop\n/);
    expect(rules).toMatch(/ goto own_asked\nlog group 28776 snaplen 1600\ndrop\n/);
    expect(rulesOf('all', 0)).toMatch(/chain own \{\nlog group 28776 snaplen 1600\ndrop\n/);
    expect(rules).toContain(
      `meta mark vmap { ${0x70680000} : goto own_seen_0, ${0x70680100} : goto own_rest_0 }`,
    );
  });

  it('are ended by the kernel itself', () => {
    expect(rulesOf('all')).toContain(
      'set open { type ipv4_addr; flags timeout; elements = { 10.0.0.4 timeout 300s }; }',
    );
  });
});

describe('what a stranger sends', () => {
  it('is never asked about where he is a client himself, to whom resets go by another way', () => {
    const asking = rulesOf('tcp 443 0.0.0.0/0;all 198.51.100.0/24').match(/^.* goto orphan$/gm) ?? [];

    expect(asking).toHaveLength(2);
    for (const rule of asking) expect(rule).toContain('ip saddr != @clients');
  });
});

/** A program of paging.py's own, whose kernel, clock and files are made up: it was to end at `until`, and it is 10 now. */
const played = (until: number, program: string) =>
  python(`
paging.uptime = lambda: 10
paging.read = lambda name: "${until}"
paging.write = lambda name, text: None
paging.watch.say = lambda text: None
paging.known = set
def nft(text, *options):
    print(text)
    return ""
paging.nft = nft
def end(seconds):
    raise SystemExit
paging.time.sleep = end
one = paging.Paging.__new__(paging.Paging)
one.env, one.uplink, one.own, one.others = {"EGRESS": "all"}, "ens5", "10.0.1.0/29", ""
one.seen, one.until, one.has_come, one.loaded, one.counted, one.is_left = set(), 0, False, None, 0, False
one.clients, one.sending, one.asked = "0.0.0.0/0", paging.threading.Lock(), (0, "")
one.await_address = lambda: None
one.zones = lambda: {"own": ("10.0.0.4", [], paging.others("10.0.1.0/29", "0.0.0.0/0", ""))}
${program}
`);

describe('a program that was killed', () => {
  const run = (isLeft: boolean, more = '') =>
    played(
      9,
      `paging.listed = lambda *what: ""\none.is_left = ${isLeft ? 'True' : 'False'}\n${more}one.run()`,
    );

  it('removes what is left of it once the time is over', () => {
    expect(run(true)).toContain('delete table ip phoenat_paging');
    expect(run(false)).toBe('');
  });

  it('removes it a second later where nft did not', () => {
    const failing = `
answers = ["", "it is busy", "it is busy"]
def nft(text, *options):
    print(text)
    return answers.pop()
def sleep(seconds):
    if not one.is_left:
        raise SystemExit
paging.nft, paging.time.sleep = nft, sleep
paging.watch.say = print
`;
    const said = run(true, failing);

    expect(said.match(/delete table/g)).toHaveLength(3);
    expect(said.match(/asks nobody any more/g)).toHaveLength(1);
  });

  it('never opens for no time, which would be for ever', () => {
    expect(played(10, 'one.open(10)')).toContain('10.0.0.4 timeout 1s');
  });

  it('asks the kernel again where nft was only slow', () => {
    const answers = `
answers = [paging.SILENT, "Error: no such rule"]
paging.nft = lambda text, *options: answers.pop(0)
paging.time.sleep = lambda seconds: None
paging.Paging = lambda: one
paging.write = lambda name, text: print(text)
paging.main()`;
    expect(played(300, answers)).toContain('{"cannot": "Error: no such rule"}');
  });
});

describe('a client that is seen later', () => {
  it('is asked first from then on, a second later where nft does not take that at once', () => {
    const answers = `
def zones():
    print("looks at its zones")
    return {"own": ("10.0.0.4", sorted(one.seen), [["10.0.1.4"]])}
one.zones = zones
paging.read = lambda name: ""
one.loaded = {"own": ("10.0.0.4", [], [["10.0.1.4"]])}
answers = ["", "it is busy"]
def nft(text, *options):
    print(text)
    return answers.pop()
paging.nft, paging.listed = nft, lambda *what: "elements = { 10.0.1.4 }"
for _ in range(3):
    one.renew()
print(one.loaded["own"][1])`;
    const said = played(300, answers);

    expect(said.match(/flush chain ip phoenat_paging own\n/g)).toHaveLength(2);
    expect(said.match(/looks at its zones/g)).toHaveLength(2);
    expect(said).toContain("['10.0.1.4']");
  });
});

describe('the addresses that may be clients', () => {
  const parts = (cidrs: string, clients = '0.0.0.0/0', inUse = '') =>
    told(`paging.others("${cidrs}", "${clients}", "${inUse}")`);
  const hosts = (cidrs: string, clients?: string) => [parts(cidrs, clients)].flat(2);

  it('are those that a subnet can give, of each subnet alike, and no more than there is room for', () => {
    expect(hosts('10.0.1.0/29 10.0.2.0/28')).toEqual([
      '10.0.1.4',
      '10.0.2.4',
      '10.0.1.5',
      '10.0.2.5',
      '10.0.1.6',
      '10.0.2.6',
      ...[7, 8, 9, 10, 11, 12, 13, 14].map((last) => `10.0.2.${last}`),
    ]);
    expect(hosts('10.0.0.0/19')).toHaveLength(4_096);
    expect(hosts('10.0.0.0/8 172.16.0.0/12')).toEqual([]);
    expect(hosts('')).toEqual([]);
  });

  it('are clients at all', () => {
    expect(hosts('10.0.1.0/28 10.0.2.0/28', '10.0.1.8/29 10.0.3.0/24')).toEqual(
      [8, 9, 10, 11, 12, 13, 14].map((last) => `10.0.1.${last}`),
    );
  });

  it('are asked first where they are told to be in use, and the others after them', () => {
    expect(parts('10.0.1.0/29', '0.0.0.0/0', '10.0.1.6')).toEqual([['10.0.1.6'], ['10.0.1.4', '10.0.1.5']]);
    expect(parts('10.0.1.0/24', '10.0.1.16/28', '10.0.1.16/28')).toHaveLength(1);
    expect(parts('10.0.0.0/8', '0.0.0.0/0', '10.9.9.9')).toEqual([['10.9.9.9']]);
  });

  it('are nothing that is not a client of the zone, whatever is told', () => {
    const odd = '10.0.2.5 10.0.0.0/8 10.0.1.300 ::1 10.0.1.4;drop fd00::/8 10.0.1.5/24 \u00e4';
    expect(parts('10.0.1.0/29', '0.0.0.0/0', odd)).toEqual([['10.0.1.4', '10.0.1.5', '10.0.1.6']]);
    expect(parts('10.0.1.0/29', '10.0.1.4/31', '10.0.1.6')).toEqual([['10.0.1.4', '10.0.1.5']]);
  });

  it('have an end', () => {
    const many = Array.from({ length: 600 }, (_, nth) => `10.${nth % 250}.${nth >> 3}.0/28`).join(' ');
    const told = [parts('10.0.0.0/8', '0.0.0.0/0', many)].flat();

    expect(told.map((part) => [part].flat().length)).toEqual([1_024, 1_024, 1_024, 1_024]);
  });
});

describe('what is told to be in use', () => {
  it('is no more than there is memory for, whoever tells it', () => {
    const many = (bits: number) =>
      told(
        `len(paging.told_in_use(" ".join("10.%d.%d.0/${bits}" % (n >> 8, n & 255) for n in range(9000))))`,
      );

    expect([many(24), many(27), many(28), many(32)]).toEqual([0, 0, 65_536, 4_096]);
  });

  const renewed = (before: string, now: string) =>
    played(
      300,
      `
told = {"in-use": ${before}}
paging.read = lambda name: told.get(name, "")
paging.listed = lambda *what: "elements = { }"
paging.write = lambda name, text: print(name, text)
one.zones = lambda: {"own": ("10.0.0.4", [], paging.others("10.0.1.0/29", "0.0.0.0/0", paging.read("in-use")))}
one.open(310)
print("-- opened")
told["in-use"] = ${now}
one.renew()
print(one.asks(bytes([10, 0, 0, 4]), True))
print("-- renewed")
one.renew()`,
    );

  it('changes the rules when it comes, is asked first, and is told', () => {
    const [, changed = '', after] = renewed('""', '"10.0.1.6"').split(/-- \w+\n/);

    expect(changed).toContain('flush chain ip phoenat_paging own_rest_0\n');
    expect(changed).toContain(
      'chain own_rest_0 {\nip daddr set 10.0.1.6 counter name copies dup to 10.0.1.6\n}',
    );
    expect(changed).toContain('chain own_rest_1 {\nip daddr set 10.0.1.4');
    expect(changed).toContain(`[(${0x70680100}, 1), (${0x70680101}, 2)]`);
    expect(after).toBe('');
  });

  it('changes nothing where it is the same, or comes to the same', () => {
    expect(renewed('"10.0.1.6"', '"10.0.1.6"').split(/-- \w+\n/)[1]).not.toContain('flush');
    expect(renewed('"10.0.1.6"', '"10.0.1.6 10.9.9.9"').split(/-- \w+\n/)[1]).not.toContain('flush');
  });
});

describe('what a probe brings', () => {
  const dir = mkdtempSync(join(tmpdir(), 'phoenat-in-use-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  const brought = (body: string, length: number) => {
    const env = { PATH: process.env['PATH'] ?? '', PHOENAT_RUN: dir };
    const command = ['-B', 'infra/nat-instance/paging.py', `${length}`];
    const said = execFileSync('python3', command, { encoding: 'utf8', input: body, env });
    const path = join(dir, 'in-use');
    return [said.split('\r\n')[0], existsSync(path) && readFileSync(path, 'utf8')];
  };

  it('is kept where the window is known, whole or not at all', () => {
    expect(brought('10.0.1.6', 8)).toEqual(['HTTP/1.0 400 Bad Request', false]);
    writeFileSync(join(dir, 'paging'), '{}');
    expect(brought('10.0.1.6', 9)).toEqual(['HTTP/1.0 400 Bad Request', false]);
    expect(brought('', 0)).toEqual(['HTTP/1.0 400 Bad Request', false]);
    expect(brought('10.0.1.6 \u00e4', 11)).toEqual(['HTTP/1.0 200 OK', '10.0.1.6 ??\n']);
    expect(brought('10.0.1.7', 8)).toEqual(['HTTP/1.0 400 Bad Request', '10.0.1.6 ??\n']);
  });
});
