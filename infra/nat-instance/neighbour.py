#!/usr/bin/python3
# Keeps a copy of the table of connections of the instance that this one watches, in this one's own kernel, and tells its
# own to whoever watches it. When the neighbour dies, its zone's Elastic IP comes to the secondary address here, and its
# connections are known already, before the first of their packets. Until then the entries do nothing: no packet has
# their addresses. The kernel's events tell what changes (linux/netfilter/nfnetlink_conntrack.h); conntrackd would do as
# well, but can rewrite no address.
import array
import fcntl
import ipaddress
import json
import os
import re
import select
import socket
import struct
import threading
import time
import zlib

import connections as table
import watch

PORT = 8765
# What it may take: of one core, and of the way to the other zone, which costs per byte.
CPU = float(os.environ.get("PHOENAT_COPY_CPU", 0.05))
BYTES = 100_000
FRAME = struct.Struct("!BI")
# Where less is told than every second, the frames in between say only that somebody is there.
ALL, LIVE, ENDED, NOTHING = 0, 1, 2, 3
LONGEST = 33 << 20
# An entry that nobody renews goes by itself.
KEPT = 7200
RENEWED = 3600


def read(name):
    try:
        with open(table.RUN + "/" + name) as file:
            return file.read().strip()
    except OSError:
        return ""


# The address that the kernel translates to: the first of the interface.
def primary():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return fcntl.ioctl(sock, 0x8915, struct.pack("256s", read("uplink").encode()))[20:24]


# The kernel passes on what begins and what ends: of TCP the changes to established, time-wait and closed, of eight that a
# connection has; of others, which have no state, all.
def events():
    link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    attribute, nested = 0xFFFFF000 + 12, 0xFFFFF000 + 16
    program = [
        (0x30, 0, 0, 4), (0x02, 0, 0, 0), (0x00, 0, 0, 20),
        (0x01, 0, 0, 4), (0x30, 0, 0, attribute), (0x15, 11, 0, 0),
        (0x01, 0, 0, 1), (0x30, 0, 0, nested), (0x15, 8, 0, 0),
        (0x01, 0, 0, 1), (0x30, 0, 0, nested), (0x07, 0, 0, 0), (0x50, 0, 0, 4),
        (0x15, 3, 0, 3), (0x35, 0, 3, 7), (0x60, 0, 0, 0), (0x15, 1, 0, 2),
        (0x06, 0, 0, 0xFFFFFFFF), (0x06, 0, 0, 0),
    ]  # fmt: skip
    code = array.array("B", b"".join(struct.pack("HBBI", *line) for line in program))
    link.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HP", len(program), code.buffer_info()[0]))
    link.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
    link.bind((0, 0))
    for group in 1, 2, 3:
        link.setsockopt(270, 1, group)
    link.setblocking(False)
    return link


# All that is translated to an address now; of a table that is too long, a part.
def dump(public):
    told, size, data, parts = 0, 0, b"\0" * 6, []
    with table.kernel() as link:
        link.settimeout(5)
        link.send(table.message(table.GET, 0x301, b""))
        # 2 is an error, 3 the end.
        while data[4] not in (2, 3) and told < LONGEST - (1 << 20):
            try:
                data, at = link.recv(1 << 18), 0
            # It took longer than it may, or some of it was lost.
            except OSError:
                break
            while at + 96 <= len(data):
                (size,) = struct.unpack_from("=I", data, at)
                if data[at + 92 : at + 96] == public:
                    parts.append(data[at : at + size])
                    told += size
                at += size + 3 & ~3 or 4
    return (ALL if data[4] == 3 else LIVE), b"".join(parts)


# Of TCP, 0 where it is not told.
def state_of(data):
    at = 124
    while at + 13 <= len(data):
        size, kind = struct.unpack_from("=HH", data, at)
        if kind & 255 == 4:
            return data[at + 12]
        at += size + 3 & ~3 or 4
    return 0


# To those that watch this instance, one in general. Nothing is kept of what has been told.
class Teller:
    def __init__(self):
        self.followers, self.link, self.public = {}, None, primary()
        # Of TCP, what has begun and ended within a second is never told.
        self.pending = {}
        self.pause, self.retry, self.dear, self.lost = 1, 60, 0, []

    def welcome(self, door):
        try:
            asks, _ = door.accept()
            asks.settimeout(1)
            peer, fds, _, _ = socket.recv_fds(asks, 64, 1)
            asks.close()
            link = socket.socket(fileno=fds[0])
            link.settimeout(2)
            old = self.followers.pop(peer, None)
            if old:
                old[0].close()
            if len(self.followers) < 4:
                link.sendall(f"HTTP/1.0 200 OK\r\nX-Rules: {table.rules()}\r\n\r\n".encode())
                self.followers[peer] = link, zlib.compressobj(1)
                return [peer]
            link.close()
        except (OSError, IndexError):
            pass
        return []

    # Returns how many bytes went out.
    def send(self, kind, data, peers):
        most = 0
        for peer in peers:
            # It may have gone with the frame before.
            if peer not in self.followers:
                continue
            link, pack = self.followers[peer]
            try:
                part = pack.compress(FRAME.pack(kind, len(data)) + data) + pack.flush(zlib.Z_SYNC_FLUSH)
                most = max(most, len(part))
                link.sendall(part)
            except OSError:
                link.close()
                del self.followers[peer]
        return most

    def note(self):
        try:
            for _ in range(2000):
                data = self.link.recv(4096)
                if data[92:96] != self.public:
                    continue
                name, state = data[20:72], state_of(data) if data[52] == 6 else 3
                if data[4] == 2 or state >= 7:
                    if self.pending.pop(name, None) is None:
                        self.pending[name] = None
                elif state == 3:
                    self.pending[name] = data
        except BlockingIOError:
            return True
        except OSError:
            # Events were lost: all is told again.
            self.pending.clear()
            return None
        return False

    def tell(self, peers):
        if not self.link:
            return self.send(NOTHING, b"", peers)
        live = b"".join(data for data in self.pending.values() if data)
        ended = b"".join(name for name, data in self.pending.items() if not data)
        self.pending.clear()
        return self.send(LIVE, live, peers) + (self.send(ENDED, ended, peers) if ended else 0)

    # Where events take too much, the whole table is told, less often.
    def thin_out(self, why):
        if self.link:
            self.link.close()
            self.link = None
        self.pending.clear()
        self.pause, self.dear = 2, time.monotonic() + self.retry
        self.retry = min(3600, self.retry * 2)
        watch.say("%s: the neighbour's copy is renewed less often" % why)

    def run(self):
        door = socket.socket(socket.AF_UNIX)
        path = table.RUN + "/copy"
        if os.path.exists(path):
            os.unlink(path)
        door.bind(path)
        door.listen(4)
        next_at = all_at = time.monotonic()
        spent, sent, since, over = time.thread_time(), 0, next_at, 0
        while True:
            watched = [door] + ([self.link] if self.link else [])
            ready = select.select(watched, [], [], max(0, next_at - time.monotonic()))[0]
            new = self.welcome(door) if door in ready else []
            if new:
                all_at = 0
                threading.Thread(target=come_home, args=(new[0].decode(),), daemon=True).start()
            if self.link in ready and self.note() is None:
                all_at, now = 0, time.monotonic()
                self.lost = [at for at in self.lost if now - at < 60] + [now]
                if len(self.lost) > 2:
                    self.thin_out("events are lost")
            elif self.link in ready:
                # The kernel keeps what comes meanwhile: reading it in one go wakes this less often.
                time.sleep(0.02)
            now = time.monotonic()
            if not self.followers:
                if self.link:
                    self.link.close()
                    self.link = None
                next_at, all_at = now + 60, 0
                continue
            if now < next_at and all_at > 0:
                continue
            if not self.link and now >= self.dear:
                self.link, self.pause, all_at = events(), 1, 0
            if self.link and now >= all_at or not self.link and now >= next_at and now >= all_at:
                before = time.thread_time()
                size = self.send(*dump(self.public), list(self.followers))
                took = time.thread_time() - before
                if not self.link:
                    self.pause = min(60, max(2, took / CPU, size / BYTES))
                all_at = now + (RENEWED if self.link else self.pause)
                # A table that is told once an hour may take more than a second's share.
                spent, sent, since = time.thread_time(), 0, time.monotonic()
            else:
                sent += self.tell(list(self.followers))
            now = time.monotonic()
            next_at = now + 1
            if self.link and now - since > 3:
                share, rate = (time.thread_time() - spent) / (now - since), sent / (now - since)
                over = over + 1 if share > CPU or rate > BYTES else 0
                if over > 1:
                    self.thin_out("%.0f %% of a core, %.0f kB a second" % (share * 100, rate / 1000))
                    over = 0
                elif not over and now > self.dear + 600:
                    self.retry = 60
                spent, sent, since = time.thread_time(), 0, now


# What there is not is empty; where nothing was told, that is an error.
def metadata(path):
    status, text = watch.metadata(path)
    if status not in (200, 404):
        raise OSError("the metadata service does not tell " + path)
    return text if status == 200 else ""


def public_addresses():
    return metadata(f"network/interfaces/macs/{metadata('mac')}/public-ipv4s").split()


# Whom it watches, by its tag; None where that is nobody, and where it stands in for that one already: the Elastic IP of
# that zone is here then, and what is known here is younger than anything that a neighbour tells.
def neighbour():
    tag = metadata("tags/instance/phoenat:watch").split(" ")
    if len(tag) != 3 or len(public_addresses()) > 1 or socket.inet_aton(tag[2]) == primary():
        return None
    return tag[2]


# What the metadata service does not tell at the moment is not gone.
def is_still(peer):
    try:
        return neighbour() == peer
    except OSError:
        return True


# Of the clients that this instance may stand in for: a neighbour that was broken into must not tell the kernel of others,
# whose packets would go past the rules here.
def others():
    with open(table.ENV) as file:
        text = re.search('^OTHER_CIDRS="(.*)"', file.read(), re.M)
    networks = [ipaddress.ip_network(cidr) for cidr in text[1].split()] if text else []
    return [(int(one.network_address), int(one.netmask)) for one in networks]


# What is left of so many eighths of the kernel's table.
def room(eighths):
    count, most = [int(open("/proc/sys/net/netfilter/nf_conntrack_" + name).read()) for name in ("count", "max")]
    return most * eighths // 8 - count


class Follower:
    def __init__(self, peer, own):
        self.peer, self.public, self.own = peer, socket.inet_aton(peer), socket.inet_aton(own)
        self.kernel, self.known, self.others = table.kernel(), {}, others()

    # Of those that have ended, by their names.
    def forget(self, names):
        gone = [name for name in names if self.known.pop(name, None) is not None]
        table.change(self.kernel, [table.message(table.DELETE, 1, name) for name in gone])

    def learn(self, data):
        found, _ = table.read(data, self.public, self.own)
        now, changes, left_over = time.monotonic(), [], room(6)
        for name, (state, left, back) in found.items():
            (client,) = struct.unpack_from("!I", name, 12)
            if not any(client & mask == network for network, mask in self.others):
                continue
            at = self.known.get(name)
            if at is not None and now - at < RENEWED:
                continue
            if at is not None:
                changes.append(table.message(table.DELETE, 1, name))
            elif left_over <= 0:
                continue
            left_over -= 1
            left = left[:4] + max(left[4:], struct.pack("!I", KEPT))
            changes.append(table.message(table.NEW, 0x601, name + state + left + back))
            self.known[name] = now
        table.change(self.kernel, changes)
        return found

    def apply(self, kind, data):
        if kind == ENDED:
            self.forget(bytes(data[at : at + 52]) for at in range(0, len(data), 52))
            return
        found = self.learn(data)
        if kind == ALL:
            self.forget([name for name in self.known if name not in found])

    def note(self):
        with open("/proc/uptime") as file:
            up = float(file.read().split()[0])
        with open(table.RUN + "/copied", "a") as file:
            file.seek(0)
            file.truncate()
            file.write("%d %s %d\n" % (up, self.peer, len(self.known)))

    # Until nothing more is heard, or another is to be watched.
    def follow(self):
        with socket.create_connection((self.peer, PORT), 3) as link:
            link.sendall(b"GET /copy HTTP/1.0\r\n\r\n")
            link.settimeout(3)
            head, unpack, data, look_at = b"", zlib.decompressobj(), bytearray(), 0
            spent, since = time.thread_time(), time.monotonic()
            while not head.endswith(b"\r\n\r\n") and len(head) < 999 and (part := link.recv(1)):
                head += part
            if f"X-Rules: {table.rules()}\r".encode() not in head:
                return "it has other rules, or no copy to give"
            while True:
                now = time.monotonic()
                if now >= look_at:
                    look_at = now + 3
                    share = (time.thread_time() - spent) / (now - since + 1)
                    # A large table at first may take seconds.
                    if now - since > 60 and share > 2 * CPU:
                        return "it takes %.0f %% of a core here, and is read anew in a minute" % (share * 100)
                    if now - since > 120:
                        spent, since = time.thread_time(), now
                    if not is_still(self.peer):
                        return "it is not watched any more"
                    # The kernel drops none of them for what the own zone needs.
                    if room(7) < 0:
                        self.forget(list(self.known))
                        return "they have been forgotten, for want of room, until it is read anew in a minute"
                part = link.recv(1 << 16)
                if not part:
                    return "it has ended the connection"
                data += unpack.decompress(part, LONGEST)
                while len(data) >= FRAME.size:
                    kind, size = FRAME.unpack_from(data)
                    if size > LONGEST or unpack.unconsumed_tail:
                        return "it tells too much"
                    if len(data) < FRAME.size + size:
                        break
                    if kind != NOTHING:
                        self.apply(kind, bytes(data[FRAME.size : FRAME.size + size]))
                        self.note()
                    del data[: FRAME.size + size]


# While this one stands in, to the instance whose connections it has copied last, as often as that may have booted again:
# by way of the health port that one learns who has its traffic. Nothing that it tells is taken.
def knock():
    _, peer, _ = read("copied").split()
    try:
        with socket.create_connection((peer, PORT), 1) as link:
            link.settimeout(3)
            link.sendall(b"GET /copy HTTP/1.0\r\n\r\n")
            while link.recv(1 << 16) and len(public_addresses()) > 1:
                pass
    # It has not booted yet, or is gone.
    except OSError:
        pass


asked = set()


# Of whoever has just asked for a copy: where that one carries this zone meanwhile, its connections are fetched before the
# traffic comes home, as a new instance does. It has no public address then, and what the metadata service tells may be
# some seconds old.
def come_home(peer):
    tries = 0 if peer in asked else 5
    asked.add(peer)
    for _ in range(tries):
        try:
            if not public_addresses():
                told = json.loads(watch.ask(f"{peer}:{PORT}", "GET", "/")[1])["standIn"]
                if told and table.is_member(told):
                    with open(table.RUN + "/carrier.new", "w") as file:
                        file.write(told)
                    os.rename(table.RUN + "/carrier.new", table.RUN + "/carrier")
                break
        except (OSError, ValueError, KeyError, TypeError):
            pass
        time.sleep(1)
    if tries:
        asked.remove(peer)


# What has booted again with its traffic on it has none to fetch.
def judge_boot():
    try:
        if os.path.exists(table.RUN + "/again") and public_addresses():
            table.heard_once()
    except OSError:
        pass


def follow():
    said = ""
    judge_boot()
    while True:
        why, follower = "", None
        try:
            peer, own = neighbour(), read("stand-in")
            if peer and own:
                follower = Follower(peer, own)
                why = follower.follow()
            elif own and read("copied") and len(public_addresses()) > 1:
                knock()
        # Whatever it tells, the next one is listened to.
        except Exception as error:
            why = str(error) or repr(error)
        if why and follower:
            why = "%d connections of %s are known here; %s" % (len(follower.known), follower.peer, why)
        if why and why != said:
            watch.say(why)
            said = why
        time.sleep(60 if why.endswith("in a minute") else 1)


if __name__ == "__main__":
    threading.Thread(target=follow, daemon=True).start()
    Teller().run()
