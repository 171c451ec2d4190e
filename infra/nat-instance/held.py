# Packets of unknown connections that wait until there is room for their copies. The kernel hands them here, by a group of
# its log, where it may make no more copies at the moment, and where those that have been seen were asked already. They come
# back to it by the loopback interface, at an even pace, with a mark that names whom to ask, and as short as can be; and once
# more, whole, for the owner, where that has answered: the server then need not send it again. Without this, most would be
# lost: the packets of all that was lost at one moment come at one moment, for they are sent again in step.
import heapq
import itertools
import os
import select
import socket
import struct
import time

import connections as table

# In a second, and in a moment, which the kernel's backlog can take beside those that it makes itself.
COPIES = int(os.environ.get("PHOENAT_PAGING_COPIES", 20000)) * 3 // 4
BURST = 2000
# Packets in a second.
MOST_PAGES = 1000
# So many at most, of one server three quarters; for so many seconds, and so many for an answer.
HELD = 8192
KEPT = 60
PATIENCE = 1
SOON = 0.25
MARK = 0x70680000
REST = 0x100
# Nobody: what is known by now goes its way, and what is not is said again.
DELIVER = MARK + 2 * REST
# The kernel's groups: those that have been seen were not asked, or were; and nobody who was asked is the owner.
UNASKED, ASKED, UNKNOWN = 0x7068, 0x7069, 0x706A
# To its own address: what else is in this structure is not defined otherwise.
LOOPBACK = "lo", 0x800, 0, 0, b"\0" * 6
# Longer ones do not wait.
SNAP = 1600


# What waits: TCP whose checksum holds, or is left to whoever sends it, in one piece. Of other forms, with IP options or urgent
# data, nothing does.
def is_whole(packet):
    if len(packet) < 40 or packet[0] != 0x45 or packet[9] != 6 or packet[6] & 0x3F or packet[7] or packet[33] & 0x26:
        return False
    if struct.unpack_from("!H", packet, 2)[0] != len(packet) or not 20 <= header(packet) <= len(packet) - 20:
        return False
    return checksum(pseudo(packet) + packet[20:]) == b"\0\0" or checksum(pseudo(packet)) == complement(packet[36:38])


def header(packet):
    return (packet[32] >> 4) * 4


def pseudo(packet):
    return packet[12:20] + struct.pack("!HH", 6, len(packet) - 20)


# As short as it can be, with one byte of what is in it: its owner acknowledges that all the same. What comes after it
# pushes, and ends.
def shortened(packet):
    kept = packet[: 21 + header(packet)]
    flags = packet[33] & ~9 if len(kept) < len(packet) else packet[33]
    return sealed(kept[:2] + struct.pack("!H", len(kept)) + kept[4:33] + bytes([flags]) + kept[34:])


def sealed(packet):
    ip = packet[:10] + b"\0\0" + packet[12:20]
    tcp = packet[20:36] + b"\0\0" + packet[38:]
    return ip[:10] + checksum(ip) + ip[12:] + tcp[:16] + checksum(pseudo(packet) + tcp) + tcp[18:]


def complement(data):
    return bytes(255 - byte for byte in data)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) + 1 >> 1), data + b"\0" * (len(data) & 1)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


# The servers in turn, and of each the newest first: what a stranger has left behind delays nothing that comes later.
class Held:
    def __init__(self):
        self.all, self.ready, self.later, self.turn = {}, {}, [], itertools.count()
        # Whom else to ask, where those that were asked are not the owner; and until when.
        self.tried = {}

    # `asks`: whom, as marks and how many they are, one after the other. A packet that comes again takes its own place.
    def add(self, packet, asks, due, until):
        entry = self.all.get(packet[12:24])
        if entry:
            entry[0], entry[2] = packet, until
        elif asks:
            if len(self.all) >= HELD:
                self.remove(next(iter(self.all)))
            entry = self.all[packet[12:24]] = [packet, asks, until]
            heapq.heappush(self.later, (due, next(self.turn), entry))

    def try_out(self, packet, asks, until):
        if asks:
            if len(self.tried) >= HELD:
                self.tried.pop(next(iter(self.tried)))
            self.tried[packet[12:24]] = asks, until

    # The others are asked: what is known by now costs nothing more.
    def go_on(self, packet, now):
        if packet[12:24] in self.tried:
            asks, until = self.tried.pop(packet[12:24])
            self.add(packet, asks, now + PATIENCE, until)

    def remove(self, key):
        server = self.ready.get(key[:4])
        if self.all.pop(key, None) and server:
            server.pop(key, None)
            if not server:
                del self.ready[key[:4]]

    # How long nothing is due, of those that are due.
    def wait(self, now):
        while self.later and self.later[0][0] <= now:
            packet, *_ = entry = heapq.heappop(self.later)[2]
            key = packet[12:24]
            if self.all.get(key) is entry:
                server = self.ready.setdefault(key[:4], {})
                server[key] = None
                if len(server) > HELD * 3 // 4:
                    self.remove(next(iter(server)))
        return 0 if self.ready else self.later[0][0] - now if self.later else KEPT

    def take(self, now):
        while self.ready:
            address = next(iter(self.ready))
            server = self.ready.pop(address)
            key, _ = server.popitem()
            if server:
                self.ready[address] = server
            packet, asks, until = self.all.pop(key)
            if until > now:
                return packet, asks, until
        return None


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


# The kernel's log (linux/netfilter/nfnetlink_log.h), each packet at once.
def log():
    link = table.kernel()
    link.settimeout(5)
    for group in (UNASKED, ASKED, UNKNOWN):
        told = attribute(1, b"\1"), attribute(2, struct.pack("!IBx", SNAP, 2)), attribute(5, b"\0\0\0\1")
        for text in told:
            body = struct.pack("!BBH", 0, 0, group) + text
            link.send(struct.pack("=IHHII", 16 + len(body), 0x401, 5, 0, 0) + body)
            (why,) = struct.unpack_from("=i", link.recv(1 << 16), 16)
            if why:
                raise OSError(-why, os.strerror(-why))
    return link


# The packets in what the kernel says, each with the group.
def told(data):
    at = 0
    while at + 20 <= len(data):
        size, kind = struct.unpack_from("=IH", data, at)
        here, end = at + 20, min(at + size, len(data))
        while kind == 0x400 and here + 4 <= end:
            length, attribute = struct.unpack_from("=HH", data, here)
            if attribute & 0x3FFF == 9:
                yield struct.unpack_from("!H", data, at + 18)[0], data[here + 4 : here + length]
            here += length + 3 & ~3 or 4
        at += size + 3 & ~3 or 20


# `asks` tells whom to ask for an address here, those that have been seen too or not, as marks and how many they are; nothing
# where nobody is asked any more. While something is sent, `sending` keeps the rules for it where they are: a kernel without
# them would answer, and end the connection.
def serve(link, asks, sending):
    held, back = Held(), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    room, before = BURST, time.monotonic()
    while True:
        now = time.monotonic()
        room, before = min(BURST, room + (now - before) * COPIES), now
        wait = held.wait(now)
        if wait <= 0 and room <= 0:
            wait = -room / COPIES + 0.001
        elif wait <= 0:
            with sending:
                room -= send(back, held, asks, now)
        if select.select([link], [], [], max(0, wait))[0]:
            for group, packet in told(receive(link)):
                if is_whole(packet) and group == UNKNOWN:
                    held.go_on(sealed(packet), now)
                elif is_whole(packet):
                    due = now + PATIENCE if group == ASKED else now
                    held.add(sealed(packet), asks(packet[16:20], group == UNASKED) or [], due, now + KEPT)


# What comes too fast is lost.
def receive(link):
    try:
        return link.recv(1 << 18)
    except OSError:
        return b""


# Returns what it costs of the room.
def send(back, held, asks, now):
    taken = held.take(now)
    if taken is None or asks(taken[0][16:20], False) is None:
        return 0
    packet, ((mark, copies), *more), until = taken
    back.setsockopt(socket.SOL_SOCKET, 36, mark)
    back.sendto(packet if mark == DELIVER else shortened(packet), LOOPBACK)
    if mark == DELIVER:
        held.try_out(packet, more, until)
        return 0
    held.add(packet, [(DELIVER, 0), *more], now + SOON, until)
    return max(copies, COPIES // MOST_PAGES)
