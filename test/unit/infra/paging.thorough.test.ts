import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

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
print(paging.ruleset("ens5", "${egress}", "10.0.0.0/8", {"own": ("10.0.0.4", seen, rest)}, 300))
`);

/** Packets a second that are copied to clients that have been seen, and copies of one. */
function boundsOf(rules: string) {
  const rate = Number(/limit rate (\d+)\/second burst \d+ packets jump own_seen/.exec(rules)?.[1]);
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
    expect(boundsOf(rulesOf('all', 40))).toEqual({ rate: 375, parts: [40] });
    expect(boundsOf(rulesOf('all', 1_000))).toEqual({ rate: 15, parts: [1_000] });
    const many = rulesOf('all', 2_100);
    expect(boundsOf(many)).toEqual({ rate: 14, parts: [1_024, 1_024, 52] });
    expect(many).toContain(
      'numgen inc mod 3 vmap { 0 : jump own_seen_0, 1 : jump own_seen_1, 2 : jump own_seen_2 }',
    );
  });

  it('ask addresses where nobody was seen only once a packet comes again, unless nobody was seen at all', () => {
    expect(rulesOf('all', 4)).toMatch(/@again add @seldom .* jump own_rest/);
    expect(rulesOf('all', 0)).toMatch(/^add @seldom .* jump own_rest/m);
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

  it("leaves room for others' packets in what is remembered, where it has one source address", () => {
    const rules = rulesOf('all', 4);
    const [, rate, burst] = /ip saddr limit rate over (\d+)\/second burst (\d+) packets/.exec(rules) ?? [];
    const [, size, seconds] = /set again .* size (\d+); .* timeout (\d+)s;/.exec(rules) ?? [];

    expect(Number(size)).toBeGreaterThan(Number(rate) * Number(seconds) + Number(burst));
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
one.seen, one.until, one.has_come, one.loaded, one.counted = set(), 0, False, None, 0
one.await_address = lambda: None
one.zones = lambda: {"own": ("10.0.0.4", [], paging.hosts("10.0.1.0/29"))}
${program}
`);

describe('a program that was killed', () => {
  const run = (left: string) => played(9, `paging.listed = lambda *what: "${left}"\none.run()`);

  it('removes what is left of it once the time is over', () => {
    expect(run('set open {}')).toContain('delete table ip phoenat_paging');
    expect(run('')).toBe('');
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

describe('the addresses that may be clients', () => {
  it('are those that a subnet can give, of each subnet alike, and no more than there is room for', () => {
    expect(told('paging.hosts("10.0.1.0/29 10.0.2.0/28")')).toEqual([
      '10.0.1.4',
      '10.0.2.4',
      '10.0.1.5',
      '10.0.2.5',
      '10.0.1.6',
      '10.0.2.6',
      ...[7, 8, 9, 10, 11, 12, 13, 14].map((last) => `10.0.2.${last}`),
    ]);
    expect(told('len(paging.hosts("10.0.0.0/19"))')).toBe(4_096);
    expect(told('paging.hosts("10.0.0.0/8 172.16.0.0/12")')).toEqual([]);
    expect(told('paging.hosts("")')).toEqual([]);
  });
});
