import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const prelude = `
import json, socket, struct, sys
sys.path.insert(0, "infra/nat-instance")
sys.dont_write_bytecode = True
import held

def packet(payload=b"", options=b"", flags=0x18, port=40000, server="192.0.2.1", first=0x45, fragment=0x4000):
    tcp = struct.pack("!HHIIBBHHH", 443, port, 100, 200, 20 + len(options) << 2, flags, 500, 0, 0) + options + payload
    ends = socket.inet_aton(server) + socket.inet_aton("10.0.0.4")
    return struct.pack("!BBHHHBBH", first, 0, 20 + len(tcp), 7, fragment, 64, 6, 0) + ends + tcp

def whole(*args, **more):
    return held.sealed(packet(*args, **more))

def sums(packet):
    return [int.from_bytes(held.checksum(one), "big") for one in (packet[:20], held.pseudo(packet) + packet[20:])]
`;

const told = (program: string): unknown =>
  JSON.parse(execFileSync('python3', ['-c', prelude + program], { encoding: 'utf8' }));
const resultOf = (expression: string) => told(`print(json.dumps(${expression}))`);

describe('a packet that waits', () => {
  it('is TCP in one piece whose checksum holds, or is left to the interface', () => {
    expect(resultOf('held.is_whole(whole(b"hello"))')).toBe(true);
    const partial =
      'whole(b"hello")[:36] + held.complement(held.checksum(held.pseudo(packet(b"hello")))) + packet(b"hello")[38:]';
    expect(resultOf(`held.is_whole(${partial})`)).toBe(true);
    expect(resultOf(`list(held.sealed(${partial})) == list(whole(b"hello"))`)).toBe(true);
  });

  it.each([
    ['damaged', 'whole(b"hello")[:-1] + b"x"'],
    ['cut off', 'whole(b"hello" * 9)[:50]'],
    ['of another protocol', 'whole(b"hello")[:9] + b"\\x11" + whole(b"hello")[10:]'],
    ['with IP options', 'whole(b"hello", first=0x46)'],
    ['a fragment', 'whole(b"hello", fragment=0x2000)'],
    ['with urgent data', 'whole(b"hello", flags=0x38)'],
    ['a reset', 'whole(flags=0x14)'],
    ['with a header longer than itself', 'whole()[:32] + b"\\xf0" + whole()[33:]'],
    ['nothing', 'b""'],
  ])('is none that is %s', (_, packet) => {
    expect(resultOf(`held.is_whole(${packet})`)).toBe(false);
  });

  it('is copied with one byte of what is in it, whose checksums hold, and ends and pushes no more', () => {
    const short = (packet: string) =>
      resultOf(`(lambda one: [len(one), one[33], sums(one), one[-1]])(held.shortened(${packet}))`);

    expect(short('whole(b"hello", flags=0x19)')).toEqual([41, 0x10, [0, 0], 'h'.charCodeAt(0)]);
    expect(short('whole(b"hello", options=b"\\1" * 12)')).toEqual([53, 0x10, [0, 0], 'h'.charCodeAt(0)]);
    expect(resultOf('held.shortened(whole(b"h", flags=0x19)) == whole(b"h", flags=0x19)')).toBe(true);
    expect(resultOf('held.shortened(whole(flags=0x11)) == whole(flags=0x11)')).toBe(true);
  });
});

describe('the packets that wait', () => {
  const played = (program: string) =>
    told(`
one = held.Held()
def add(port, server="192.0.2.1", due=0, until=60):
    one.add(whole(b"hello", port=port, server=server), [(1, 4)], due, until)
def take(now, most=99):
    one.wait(now)
    taken = (one.take(now) for _ in range(most))
    return [struct.unpack("!H", packet[0][22:24])[0] for packet in taken if packet]
${program}
`);

  it('are taken once they are due, of each server in turn, the newest first', () => {
    const program = `
add(5, due=7)
for port in (1, 2, 3):
    add(port)
add(4, "192.0.2.2")
print(json.dumps([one.wait(0), take(0), one.wait(0), take(7)]))`;
    expect(played(program)).toEqual([0, [3, 4, 2, 1], 7, [5]]);
  });

  it('take their own place when they come again, and are dropped once they are too old', () => {
    const program = `
add(1)
add(2)
add(1)
add(3, until=5)
print(json.dumps([take(5), len(one.all), len(one.ready), one.wait(5)]))`;
    expect(played(program)).toEqual([[2, 1], 0, 0, 60]);
  });

  it('are no more than there is room for, three quarters of it for one server, and the oldest go', () => {
    const program = `
held.HELD = 8
for port in range(1, 11):
    add(port)
one.wait(0)
ofOne = len(one.all)
add(11, "192.0.2.2")
for port in range(20, 30):
    add(port, "192.0.2.%d" % port)
print(json.dumps([ofOne, len(one.all), sorted(take(0))]))`;
    expect(played(program)).toEqual([6, 8, [22, 23, 24, 25, 26, 27, 28, 29]]);
  });
});

describe('what is sent back', () => {
  it('is short for those that are asked, whole for the owner, and in the end gone', () => {
    const program = `
class Back:
    def setsockopt(self, level, name, mark):
        self.mark = mark
    def sendto(self, packet, where):
        sent.append([self.mark - held.MARK, len(packet)])
        if self.mark == held.DELIVER:
            unknown.append(packet)
unknown, sent, costs, one, asks = [], [], [], held.Held(), lambda *what: []
one.add(whole(b"hello" * 9), [(held.MARK, 40), (held.MARK + held.REST, 4)], 0, 60)
for now in (0, 0.1, 0.25, 0.5, 1.25, 1.5, 9):
    one.wait(now)
    costs.append(held.send(Back(), one, asks, now))
    while unknown:
        one.go_on(unknown.pop(), now)
print(json.dumps([sent, costs, len(one.all)]))`;
    expect(told(program)).toEqual([
      [
        [0, 41],
        [0x200, 85],
        [0x100, 41],
        [0x200, 85],
      ],
      [40, 0, 0, 0, 15, 0, 0],
      0,
    ]);
  });

  it('is nothing more where the kernel knows the connection by then, and takes no room of the others', () => {
    const program = `
class Back:
    def setsockopt(self, level, name, mark):
        pass
    def sendto(self, packet, where):
        sent.append(len(packet))
sent, one = [], held.Held()
one.add(whole(b"hello" * 9), [(held.MARK, 40), (held.MARK + held.REST, 900)], 0, 60)
costs = []
for now in (0, 0.25, 1.25, 2.5):
    one.wait(now)
    costs.append(held.send(Back(), one, lambda *what: [], now))
# It is another packet of the same connection that waits by then.
one.add(whole(b"again"), [(held.MARK, 40)], 3, 60)
one.tried.clear()
one.go_on(whole(b"hello" * 9), 2.5)
one.wait(3)
print(json.dumps([sent, costs, one.take(3)[2]]))`;
    expect(told(program)).toEqual([[41, 85], [40, 0, 0, 0], 60]);
  });

  it('is tried no longer than there is room to remember', () => {
    const program = `
held.HELD, one = 3, held.Held()
for port in range(9):
    one.try_out(whole(b"hello", port=port), [(1, 4)], 60)
    one.try_out(whole(b"hello", port=99), [], 60)
for port in range(9):
    one.go_on(whole(b"hello", port=port), 0)
print(json.dumps([len(one.tried), len(one.all)]))`;
    expect(told(program)).toEqual([0, 3]);
  });

  it('is nothing once nobody is asked any more: the kernel would answer', () => {
    const program = `
one = held.Held()
one.add(whole(b"hello"), [(held.MARK, 4)], 0, 60)
one.wait(0)
print(json.dumps([held.send(None, one, lambda *what: None, 0), len(one.all)]))`;
    expect(told(program)).toEqual([0, 0]);
  });
});
