import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** An instance that tells once of a connection of each client; what is written to the kernel is printed, by client. */
const program = `
import os, socket, sys, tempfile
sys.path.insert(0, "infra/nat-instance")
sys.dont_write_bytecode = True
import connections

folder = tempfile.TemporaryDirectory()
connections.ENV = folder.name + "/nat.env"
with open(connections.ENV, "w") as file:
    file.write('OTHER_CIDRS="10.0.120.0/24 10.0.121.0/24"\\n')
clients = ["10.0.100.7", "10.0.120.7", "10.0.121.9", "10.0.200.1"]
names = {b"\\0" * 12 + socket.inet_aton(client): (b"", b"\\0" * 8, b"") for client in clients}
told = [(names, True)]
def fetch(peer, port):
    if not told:
        raise connections.OtherRules("that was all")
    return told.pop()
def change(link, messages):
    print(*sorted(socket.inet_ntoa(message[32:36]) for message in messages if message[4] == 0))
    return 0
connections.kernel, connections.fetch, connections.change = lambda: None, fetch, change
connections.forwarded, connections.heard_once = lambda: 0, lambda: None
connections.time.sleep = lambda seconds: None
connections.take("10.0.1.5", 8765, anew=sys.argv[1] == "home")
`;

const taken = (from: 'home' | 'predecessor') =>
  execFileSync('python3', ['-c', program, from], { encoding: 'utf8' }).split('\n')[0]?.split(' ');

describe('the connections that are taken', () => {
  it("from a carrier are the zone's own, and of no other zone's clients", () => {
    expect(taken('home')).toEqual(['10.0.100.7', '10.0.200.1']);
  });

  it('from a predecessor are all: it may have carried another zone', () => {
    expect(taken('predecessor')).toEqual(['10.0.100.7', '10.0.120.7', '10.0.121.9', '10.0.200.1']);
  });
});
