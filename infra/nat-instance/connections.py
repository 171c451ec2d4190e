#!/usr/bin/python3
# Hands the table of translated connections to the instance that takes this one's place, and takes it there: a client that
# only listens would never tell its successor where its packets go. In the kernel's own messages (linux/netfilter/
# nfnetlink_conntrack.h), since Amazon Linux 2023 has conntrack-tools 1.4.6, which can neither save a table nor load one,
# and so that nothing has to be installed first. Every image that has dnf has python3.
import functools, hashlib, ipaddress, os, re, socket, struct, sys, time

NEW, GET, DELETE = 0x100, 0x101, 0x102
HEAD = struct.Struct("=IHHIIBBH")
SOURCE = struct.Struct("=II4sI4sII2s2xI2s2x")
# What is in the flow table passes by the kernel's states and times, so that it tells none of them: TCP is established then,
# and the time is what a connection has (nat-settings.conf) that had a packet within half a minute.
ESTABLISHED = struct.pack("=4H2HB3x2HB3x2HB3x2H2s2x2H2s2x", 48, 0x8004, 44, 0x8001, 5, 1, 3, 5, 2, 14, 5, 3, 14, 6, 4, b"\v\v", 6, 5, b"\v\v")
FLOW_LEFT = {6: b"\b\0\7\0\0\1\x51\x80", 17: b"\b\0\7\0\0\0\0\xb4"}
ENV = os.environ.get("PHOENAT_DIR", "/etc/phoenat") + "/nat.env"
RUN = os.environ.get("PHOENAT_RUN", "/run/phoenat")


# Connections that other rules have let through must not go on past these.
def rules():
    with open(ENV) as file:
        lines = re.findall("^(?:CLIENT_CIDRS|EGRESS|NAMES)=.*", file.read(), re.M)
    return hashlib.sha256(str(lines).encode()).hexdigest()


def kernel():
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    link.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)
    return link


def message(kind, flags, body):
    return HEAD.pack(20 + len(body), kind, flags, 0, 0, 2, 0, 0) + body


# Whether it is in the subnet of this instance, or of another zone's.
def is_member(address):
    with open(RUN + "/subnet") as file:
        subnets = [ipaddress.ip_network(text) for text in file.read().split()]
    return any(ipaddress.ip_address(address) in subnet for subnet in subnets)


def asker():
    address = os.environ["REMOTE_ADDR"].replace("::ffff:", "")
    return address if is_member(address) else None


# As the kernel tells it, some 130,000 connections at most: the end of a longer table is not told. To each asker once at a
# time, for it takes the kernel's time: who gets no answer asks again, and who is slow keeps no other waiting.
def give():
    peer, turn = asker(), socket.socket(socket.AF_UNIX)
    try:
        if peer is None or turn.bind(f"\0phoenat-give-{peer}"):
            return
    except OSError:
        return
    with os.fdopen(1, "wb") as out, kernel() as link:
        out.write(f"HTTP/1.0 200 OK\r\nX-Rules: {rules()}\r\n\r\n".encode())
        link.send(message(GET, 0x301, b""))
        size, data = 0, b"\0" * 6
        while data[4] != 3 and size < 32 << 20:
            data = link.recv(1 << 18)
            size += len(data)
            out.write(data)


# Whether a client is another zone's. Whoever is in no zone that was named goes with this one's.
def of_another():
    with open(ENV) as file:
        told = re.search('^OTHER_CIDRS="(.*)"', file.read(), re.M)
    ranges = [ipaddress.ip_network(cidr) for cidr in told[1].split()] if told else []
    return functools.cache(lambda address: any(ipaddress.ip_address(address) in network for network in ranges))


class OtherRules(Exception):
    pass


# What it tells that is to go on. Its rules come first: of a table from behind other ones nothing is read. Nor is more than
# an honest one tells.
def fetch(peer, port):
    until, told, data = time.monotonic() + 9, None, bytearray()
    # Time for a first packet that is lost, which is sent again after a second.
    with socket.create_connection((peer, port), 2) as link:
        own = link.getsockname()[0]
        # One that hangs takes a connection and says nothing, and the traffic waits for this one.
        link.settimeout(3)
        link.sendall(b"GET /connections HTTP/1.0\r\n\r\n")
        while time.monotonic() < until and len(data) < 33 << 20 and (part := link.recv(1 << 16)):
            link.settimeout(9)
            data += part
            if not told:
                told = re.match(rb".*\r\nX-Rules: (\w+)\r\n\r\n", data)
                if told and told[1].decode() != rules():
                    raise OtherRules("it has other rules")
                if not told and len(data) > 999:
                    break
    if not told:
        raise OSError("it has no table to give")
    del data[: told.end()]
    return read(data, socket.inet_aton(peer), socket.inet_aton(own))


# The form of both directions in front of, between and behind their addresses, protocol and ports.
def form(way):
    return way[1:12] + way[16:20] + way[24:32] + way[36:40] + way[44:48]


FORM = b"\0%c\x80\x14\0\1\x80\b\0\1\0\b\0\2\0\x1c\0\2\x80\5\0\1\0\6\0\2\0\6\0\3\0"


# What is to go on, by the kernel's attribute that names it: its state, the time that it has left (a day at most), its way
# back as it is here. IPv4, translated by its source alone, answered, UDP, and of TCP what is open: not what the instance
# speaks for itself, its name filter's connections too, which end with it. And whether that is all of the table. Whoever
# tells it may have been broken into: what the kernel would not have told goes no further.
def read(data, public, own):
    found, at, kind = {}, 0, 0
    while at + 16 <= len(data):
        size, kind = struct.unpack_from("=IH", data, at)
        one = bytes(data[at : at + size])
        at += size + 3 & ~3 or 4
        if len(one) < size:
            break
        name, back, here = one[20:72], one[72:124], 124
        if name[:1] + back[:1] != b"44" or form(name) != FORM % 1 or form(back) != FORM % 2 or name[32] not in (6, 17):
            continue
        # Its answers come from where it goes to, to the other instance.
        if back[12:16] != name[20:24] or back[40:42] != name[48:50] or back[32] != name[32]:
            continue
        if back[20:24] != public or name[12:16] == public:
            continue
        is_open, translated, in_flow_table, state, left = name[32] == 17, False, False, b"", b""
        while here + 4 <= size:
            length, attribute = struct.unpack_from("=HH", one, here)
            part = one[here : here + length]
            here += length + 3 & ~3 or 4
            # Its window scales count, and no packet is taken for one outside the window, which nobody knows here.
            if attribute & 255 == 4 and len(part) == 48:
                is_open = name[32] == 6 and 3 <= part[12] <= 6
                state += part[:36] + b"\v\v" + part[38:44] + b"\v\v" + part[46:]
            elif len(part) != 8 or length != 8:
                continue
            elif attribute == 7:
                left = part[:4] + min(part[4:], b"\0\1\x51\x80")
            elif attribute == 3:
                translated, in_flow_table = part[7] & 0x32 == 0x12, part[6] & 0x40
                state += part[:6] + bytes([part[6] & 0x3F]) + part[7:]
            elif attribute == 8:
                state += part
        if in_flow_table and not left:
            state += ESTABLISHED if name[32] == 6 else b""
            is_open, left = True, FLOW_LEFT[name[32]]
        if translated and is_open and left:
            port = back[48:50]
            back = back[:20] + name[12:16] + back[24:48] + name[40:42] + back[50:]
            back += SOURCE.pack(0x80060028, 0x10008, own, 0x20008, own, 0x80030014, 0x10006, port, 0x20006, port)
            found[name] = state, left, back
    return found, kind == 3


# What the kernel refuses it tells at once. That a connection is there already, or no more, is no fault.
def change(link, messages):
    refused = 0
    for first in range(0, len(messages), 200):
        link.send(b"".join(messages[first : first + 200]))
        try:
            while True:
                data = link.recv(1 << 16, socket.MSG_DONTWAIT)
                refused += struct.unpack_from("=i", data, 16)[0] not in (0, -17, -2)
        except OSError:
            pass
    return refused


# The health answer need not wait any longer, whatever came of it.
def heard_once():
    try:
        os.unlink(RUN + "/fetching")
    except OSError:
        pass


def forwarded():
    with open("/proc/net/snmp") as file:
        names, values = [line.split() for line in file if line[:3] == "Ip:"]
    return int(values[names.index("ForwDatagrams")])


# From an instance that has the traffic, until it has moved here: the first packet that is forwarded tells. Until then what
# it has no more is dropped here too; afterwards only what is new is added, for what is known here is younger. One part in
# ten of the time, so that a large table is read less often.
def take(peer, port, anew=False):
    link, known, refused, moved, silent, why, is_other = kernel(), {}, 0, False, 0, "", of_another()
    before, began = forwarded(), time.monotonic()
    heard = began
    while silent < 3 and began - heard < 60:
        try:
            why = ""
            found, whole = fetch(peer, port)
            found = {name: told for name, told in found.items() if not (anew and is_other(name[12:16]))}
            moved, heard, changes, silent = moved or forwarded() > before, began, [], silent + 1
            latest = dict(known)
            for name in known.keys() - found.keys() if whole and not moved else ():
                changes.append(message(DELETE, 1, name))
                del latest[name]
            for name, (state, left, back) in found.items():
                # Long times need no renewal.
                if name in known:
                    if moved or known[name] == state and left[4:] > b"\0\0\2":
                        continue
                    changes.append(message(DELETE, 1, name))
                elif anew and not moved:
                    changes.append(message(DELETE, 1, name))
                changes.append(message(NEW, 0x601, name + state + left + back))
                latest[name] = state
            del found
            refused += change(link, changes)
            known = latest
            if changes or not moved:
                silent = 0
            del latest, changes
        except OtherRules as error:
            why = f": {error}"
            heard_once()
            break
        # Whatever it tells, the last line comes.
        except Exception as error:
            why = f": {error}"
        heard_once()
        pause = min(30, max(1, 10 * (time.monotonic() - began)))
        began = time.monotonic()
        while time.monotonic() - began < pause and (moved or forwarded() == before):
            time.sleep(0.1)
        began = time.monotonic()
    print(f"phoenat: {len(known)} connections of {peer} are known here, {refused} were refused{why}", flush=True)


# Its stream of changes comes from a process that lasts: this one, which systemd ends after seconds, gives it the connection.
def pass_on():
    peer, door = asker(), socket.socket(socket.AF_UNIX)
    if peer is not None:
        door.connect(RUN + "/copy")
        socket.send_fds(door, [peer.encode()], [1])


# From whoever has carried this zone: neighbour.py names it. That one knows better what is known here still, of this zone's
# clients: of others' it tells nothing that is to go on here.
def come_home(port):
    path = RUN + "/carrier"
    with open(path) as file:
        peer = file.read().strip()
    os.unlink(path)
    take(peer, port, anew=True)


if __name__ == "__main__":
    if sys.argv[1] == "give":
        give()
    elif sys.argv[1] == "pass-on":
        pass_on()
    elif sys.argv[1] == "home":
        come_home(int(sys.argv[2]))
    else:
        take(sys.argv[2], int(sys.argv[3]))
