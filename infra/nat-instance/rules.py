#!/usr/bin/python3
# Loads the rules of nat.nft where there is no nft: Amazon Linux 2023 has Python, and nft only once that is installed. What
# nft sends to the kernel for that file is recorded (scripts/record-ruleset.ts); the sets are filled in here, from the
# "add element" lines of configure.sh, in the same transaction. "look" tells what the kernel has of it, in nft's words.
import binascii, struct, sys, zlib

# The part in C: the other would take as long as all the rest.
import _socket as socket

TABLE = b"phoenat\0"
# linux/netfilter/nf_tables.h, with the number of its subsystem.
GETCHAIN, GETRULE, NEWSETELEM, GETSETELEM = 0xA04, 0xA07, 0xA0C, 0xA0D


def attribute(kind, value):
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def message(kind, flags, body=b"", family=2, resource=0):
    return struct.pack("=IHHIIBBH", len(body) + 20, kind, flags, 0, 0, family, 0, resource) + body


# From start to end of a range, as numbers; and what sets of ranges have for one: a start, and an end behind it.
def bounds(text):
    address, _, length = text.partition("/")
    size = 1 << 32 - int(length or 32)
    first = struct.unpack(">I", socket.inet_aton(address))[0] // size * size
    return first, first + size


def packed(number):
    return struct.pack(">I", number)


def element(key, value=None, flags=0, key_end=None):
    parts = [(0x8001, attribute(1, key))]
    parts += [(3, packed(flags))] if flags else []
    parts += [(0x8002, attribute(1, value))] if value else []
    parts += [(0x800A, attribute(1, key_end))] if key_end else []
    return attribute(0x8001, b"".join(attribute(*part) for part in parts))


# As nft's auto-merge has them, but where each has a value.
def ranges(texts, value=None):
    found = []
    for first, end in sorted(map(bounds, texts)):
        if found and first <= found[-1][1] and not value:
            found[-1][1] = max(end, found[-1][1])
        else:
            found.append([first, end])
    for first, end in found:
        yield element(packed(first), value)
        if end < 1 << 32:
            yield element(packed(end), flags=1)


# "10.0.0.0/8 . tcp . 443": each part takes four bytes.
def destination(text):
    cidr, protocol, port = text.split(" . ")
    first, end = bounds(cidr)
    rest = struct.pack(">B3xH2x", {"tcp": 6, "udp": 17}[protocol], int(port))
    return element(packed(first) + rest, key_end=packed(end - 1) + rest)


def elements(name, texts):
    if name == "egress":
        return map(destination, texts)
    if name == "others":
        cidrs, values = zip(*(text.split(" : ") for text in texts))
        return ranges(cidrs, socket.inet_aton(values[0]))
    if name == "uplink":
        return [element(struct.pack("=I", socket.if_nametoindex(texts[0].strip('"'))))]
    if name == "health":
        return [element(struct.pack(">H", int(texts[0])))]
    if name == "pings":
        return [element(b"\x08")]
    if name == "stand_in":
        return [element(socket.inet_aton(texts[0]))]
    return ranges(texts)


def fill(lines):
    sets = {}
    for line in lines.splitlines():
        name, texts = line.removeprefix("add element ip phoenat ").split(" ", 1)
        sets.setdefault(name, []).extend(texts.removeprefix("{ ").removesuffix(" }").split(", "))
    for name, texts in sets.items():
        known = attribute(1, TABLE) + attribute(2, name.encode() + b"\0")
        found = list(elements(name, texts))
        # One attribute holds them, of 64 KB at most.
        for at in range(0, len(found), 500):
            yield message(NEWSETELEM, 0x401, known + attribute(0x8003, b"".join(found[at : at + 500])))


def answers(kernel):
    while True:
        data = kernel.recv(1 << 20)
        while data:
            length, kind = struct.unpack_from("=IH", data)
            yield kind, data[16:length]
            data = data[length + 3 & ~3 :]


def netlink():
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    kernel.bind((0, 0))
    kernel.settimeout(5)
    return kernel


# The kernel answers each message that it refuses, and then, as it is asked to, the last one: with nothing where all is
# done. Not the end, of which Linux says nothing before 6.10.
def load(recorded, lines):
    kernel = netlink()
    kernel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 21)
    end = message(0xA00, 0x405, attribute(1, TABLE)) + message(17, 1, b"", 0, 0xA00)
    kernel.send(message(16, 1, b"", 0, 0xA00) + recorded + b"".join(fill(lines)) + end)
    for kind, body in answers(kernel):
        if kind == 2:
            code = -struct.unpack_from("=i", body)[0]
            return f"the kernel refuses them with error {code}" if code else None


# Of our table alone: the kernel tells of all.
def listed(kind, more=b""):
    kernel = netlink()
    kernel.send(message(kind, 0x301, attribute(1, TABLE) + more))
    found = []
    for kind, body in answers(kernel):
        # An error, or the end.
        if kind in (2, 3):
            return found
        if attribute(1, TABLE) in body:
            found.append(body)


def look(stand_in):
    # By its name and its policy, of which 0 is to drop.
    if any(attribute(3, b"forward\0") in chain and attribute(5, bytes(4)) in chain for chain in listed(GETCHAIN)):
        print("hook forward, policy drop")
    if any(b"masq\0" in rule for rule in listed(GETRULE)):
        print("masquerade")
    others = attribute(2, b"others\0")
    if stand_in and any(socket.inet_aton(stand_in) in part for part in listed(GETSETELEM, others)):
        print(f"others : {stand_in} ;")


if sys.argv[1] == "look":
    look(sys.argv[2])
else:
    with open(sys.argv[2]) as file:
        sys.exit(load(zlib.decompress(binascii.a2b_base64(file.read())), sys.stdin.read()))
