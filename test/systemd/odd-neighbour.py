# What neighbour.py lets a neighbour tell the kernel; read after odd-tables.py, whose functions it uses. Prints what is wrong.
sys.dont_write_bytecode = True
sys.path.insert(0, "/etc/phoenat")
import neighbour

follower = neighbour.Follower("10.0.0.10", "10.0.0.12")


def one(source):
    port = b"\x9c" + source[3:]
    body = b"".join((way(1, source, server, b"\x9c\x40", b"\1\xbb"), way(2, server, public, b"\1\xbb", port), *whole[2:5]))
    return struct.pack("=IHHIIBBH", 20 + len(body), 0x100, 2, 0, 0, 2, 0, 0) + body


def known(what, number, kind, data):
    follower.apply(kind, data)
    if len(follower.known) != number:
        print(f"{what}: {len(follower.known)} known")
    with open("/proc/net/nf_conntrack") as file:
        there = sum("dst=10.0.0.12 " in line for line in file)
    if there != number:
        print(f"{what}: {there} in the kernel")


other, second, own_client = b"\x0a\1\0\5", b"\x0a\1\0\6", b"\x0a\0\1\5"
known("a client of its own", 0, neighbour.LIVE, one(own_client))
known("a client of another zone", 1, neighbour.LIVE, one(other))
known("the same again", 1, neighbour.LIVE, one(other))
known("another", 2, neighbour.LIVE, one(second))
known("one that has ended", 1, neighbour.ENDED, one(other)[20:72])
known("one that was never told", 1, neighbour.ENDED, one(own_client)[20:72])
known("all, without the last", 1, neighbour.ALL, one(other))
known("nothing", 0, neighbour.ALL, b"")
