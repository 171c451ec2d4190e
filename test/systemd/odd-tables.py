# What connections.py takes of tables that no kernel tells. Prints what is taken though it should not be, or the reverse;
# nothing where all is well.
import struct, sys

with open(sys.argv[1]) as file:
    program, _, _ = file.read().partition("\nif sys.argv")
names = {}
exec(program, names)
public, own, client, server = b"\x0a\0\0\x0a", b"\x0a\0\0\x0b", b"\x0a\0\1\5", b"\xc6\x33\x64\7"


def attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)


def way(kind, source, target, port, to, protocol=6):
    addresses = attribute(1, source) + attribute(2, target)
    ports = attribute(1, bytes([protocol])) + attribute(2, port) + attribute(3, to)
    return attribute(0x8000 | kind, attribute(0x8001, addresses) + attribute(0x8002, ports))


def state(number):
    info = b"".join(attribute(kind, value) for kind, value in ((1, bytes([number])), (2, b"\7"), (3, b"\7"), (4, b"\0\0"), (5, b"\0\0")))
    return attribute(0x8004, attribute(0x8001, info))


there = way(1, client, server, b"\x9c\x40", b"\1\xbb")
back = way(2, server, public, b"\1\xbb", b"\x9c\x41")
status, left, mark = attribute(3, b"\0\0\1\x9e"), attribute(7, b"\0\1\0\0"), attribute(8, b"\0\0\0\1")


def taken(*parts):
    body = b"".join(parts)
    return names["read"](struct.pack("=IHHIIBBH", 20 + len(body), 0x100, 2, 0, 0, 2, 0, 0) + body, public, own)[0]


def expect(what, number, *parts):
    try:
        found = taken(*parts)
        if len(found) != number:
            print(f"{what}: {len(found)} taken")
        return found
    except Exception as error:
        print(f"{what}: {error!r}")
        return {}


whole = there, back, status, left, state(3), mark
good = expect("an open connection", 1, *whole)
if expect("a short attribute", 1, there, back, b"\5\0\x08\0\1\0\0\0", *whole[2:]) != good:
    print("a short attribute: it is sent")
expect("an answer from elsewhere", 0, there, way(2, b"\xc6\x33\x64\x08", public, b"\1\xbb", b"\x9c\x41"), *whole[2:])
expect("an answer from another port", 0, there, way(2, server, public, b"\1\xbc", b"\x9c\x41"), *whole[2:])
expect("an answer of another protocol", 0, there, way(2, server, public, b"\1\xbb", b"\x9c\x41", 17), *whole[2:])
expect("UDP", 1, way(1, client, server, b"\x9c\x40", b"\1\xbb", 17), way(2, server, public, b"\1\xbb", b"\x9c\x41", 17), status, left)
expect("addresses in another order", 0, there[:8] + there[16:24] + there[8:16] + there[24:], *whole[1:])
expect("no status", 0, there, back, left, state(3))
expect("a status cut short", 0, there, back, b"\6\0\3\0\0\0\0\0", left, state(3))
expect("no time", 0, there, back, status, state(3))
expect("a state cut short", 0, there, back, status, left, attribute(0x8004, b"\0\0\0\0"))
expect("nothing but its ways", 0, there, back)
expect("half of its ways", 0, there, back[:10])
short = attribute(3, b"\0\0\x41\x9e")
for told, time, _ in expect("one in the flow table", 1, there, back, short, mark).values():
    if state(3)[:13] not in told or b"\0\0\x01\x9e" not in told or time != attribute(7, struct.pack(">I", 86400)):
        print(f"one in the flow table: {told.hex()} {time.hex()}")
dgram = way(1, client, server, b"\x9c\x40", b"\1\xbb", 17), way(2, server, public, b"\1\xbb", b"\x9c\x41", 17)
for told, time, _ in expect("UDP in the flow table", 1, *dgram, short).values():
    if told != status or time != attribute(7, struct.pack(">I", 180)):
        print(f"UDP in the flow table: {told.hex()} {time.hex()}")
expect("one in the flow table that is not translated", 0, there, back, attribute(3, b"\0\0\x41\x0e"))
expect("one that has left it to close", 0, there, back, short, left, state(7))
for _, time, _ in expect("years", 1, there, back, status, attribute(7, b"\xff\xff\xff\xff"), state(3)).values():
    if time[4:] != struct.pack(">I", 86400):
        print(f"years: {time.hex()}")
for _, _, answer in good.values():
    if answer[20:24] != client:
        print("the way back does not lead to the client")
