import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** A neighbour that tells of nothing more; the kernel's table as full as each test says. */
const program = `
import sys, types
sys.path.insert(0, "infra/nat-instance")
sys.dont_write_bytecode = True
import neighbour

class Link:
    def __init__(self): self.head = b"HTTP/1.0 200 OK\\r\\nX-Rules: 1\\r\\n\\r\\n"
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def sendall(self, _): pass
    def settimeout(self, _): pass
    def recv(self, size):
        part, self.head = self.head[:size], self.head[size:]
        return part

neighbour.socket = types.SimpleNamespace(create_connection=lambda *_: Link())
neighbour.table = types.SimpleNamespace(
    rules=lambda: "1", change=lambda _, changes: print("gone", len(changes)), message=lambda *_: b"", DELETE=2)
neighbour.is_still = lambda _: sys.argv[2] == "watched"
neighbour.room = lambda eighths: eighths * 8192 - int(sys.argv[1])
follower = neighbour.Follower.__new__(neighbour.Follower)
follower.peer, follower.kernel, follower.known = "192.0.2.1", None, {b"a": 0, b"b": 0}
print(follower.follow())
`;

function followed(count: number, watched: 'watched' | 'stood in for'): string[] {
  const said = execFileSync('python3', ['-c', program, String(count), watched], { encoding: 'utf8' });
  return said.trim().split('\n');
}

describe('the copy of the neighbour’s connections', () => {
  it('is forgotten where the kernel’s table is nearly full', () => {
    expect(followed(57_400, 'watched')).toEqual([
      'gone 2',
      'they have been forgotten, for want of room, until it is read anew in a minute',
    ]);
  });

  it('stays where there is room', () => {
    expect(followed(57_300, 'watched')).toEqual(['it has ended the connection']);
  });

  it('stays once this one stands in for the neighbour, however full it is', () => {
    expect(followed(65_000, 'stood in for')).toEqual(['it is not watched any more']);
  });
});
