#!/usr/bin/python3
# Asks clients which of them a packet belongs to that nothing here knows: of a connection whose instance has died, and whose
# client only listens. For some minutes after a boot, and after a public address has come here, each such packet is copied
# to the clients of its zone. The owner alone has a use for it, and its acknowledgement makes the translation anew, on the
# same port. The rules are in a table of their own, which is there only meanwhile, and the kernel itself ends it in time.
import fcntl
import functools
import ipaddress
import itertools
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import connections as table
import held
import watch

# Who waits for an acknowledgement sends again after twice the time, and after two minutes at most (Linux, TCP_RTO_MAX): so
# each is heard twice.
WINDOW = int(os.environ.get("PHOENAT_PAGING_SECONDS", 300))
# In a second, a quarter of them at once, the others for what has to wait (held.py); in a moment, as the kernel's backlog can
# take them (nat-settings.conf); of one packet; addresses that nobody has been seen at.
COPIES = int(os.environ.get("PHOENAT_PAGING_COPIES", 20000))
BURST = 2000
AT_ONCE = 1024
MOST = 4096
# Of whole packets, in a second and in a moment. With those that wait, which are short, less than what the smallest type may
# send all the time.
BYTES = 2000000
BYTES_BURST = 256000
SILENT = "nft does not answer"
FIGURES = "pages", "copies", "answers", "refused", "resets"


# Where clients may connect to, as elements of two sets: with any protocol, and with this one. A packet from elsewhere belongs
# to none of their connections.
def servers(egress):
    anywhere, some = [], []
    for rule in filter(None, egress.split(";")):
        protocol, *rest = rule.split()
        if protocol == "all":
            anywhere += rest or ["0.0.0.0/0"]
        elif protocol == "tcp":
            some.append(f"{rest[1]} . {rest[0]}")
    return {"anywhere": ", ".join(anywhere), "servers": ", ".join(some)}


# Whom to ask beside those that have been seen, in parts, one after the other: those in use, as far as that was told, then the
# others that the subnets may give. Of all of them those that may be clients at all.
@functools.lru_cache(2)
def others(cidrs, clients, in_use):
    ranges, may = networks(cidrs), networks(clients)
    used = [str(one) for one in told_in_use(in_use) if is_in(one, ranges) and is_in(one, may)][:MOST]
    known = set(used)
    more = [] if sum(network.num_addresses for network in ranges) > 16 * MOST else hosts(ranges)
    return parts(used) + parts([str(one) for one in more if is_in(one, may) and str(one) not in known][: MOST - len(used)])


# The first four and the last of a subnet are its own (VPC User Guide, "Subnet sizing").
def hosts(ranges):
    found = itertools.zip_longest(*(list(network)[4:-1] for network in ranges))
    return [host for hosts in found for host in hosts if host]


# Addresses, and the ranges that an interface may have in place of them (EC2 User Guide, "Prefix delegation": /28). What comes
# is not taken on trust: what is neither is left out, and what is too much, for which there is no memory.
def told_in_use(text):
    found = {}
    for word in text.split()[:MOST]:
        try:
            network = ipaddress.IPv4Network(word)
        except ValueError:
            continue
        if network.prefixlen >= 28:
            found.update(dict.fromkeys(network))
    return list(found)


@functools.lru_cache(1)
def how_many_in_use(text):
    return len(told_in_use(text))


def networks(cidrs):
    return [ipaddress.ip_network(cidr) for cidr in cidrs.split()]


def is_in(address, ranges):
    return any(address in network for network in ranges)


def copies(addresses):
    return "".join(f"ip daddr set {one} counter name copies dup to {one}\n" for one in addresses)


# A chain for each part, which copies a packet to all of it at once.
def spread(name, parts):
    return "".join(f"chain {name}_{at} {{\n{copies(part)}}}\n" for at, part in enumerate(parts))


# One of them, the next packet's after it.
def in_turn(name, addresses):
    most = len(parts(addresses))
    ways = ", ".join(f"{at} : jump {name}_{at}" for at in range(most))
    return f"numgen inc mod {most} vmap {{ {ways} }}" if most > 1 else f"jump {name}_0"


# So many packets and bytes a second, and at once, as make no more than these copies, or so many quarters of that.
def limit(addresses, quarters=4):
    each = max(1, min(AT_ONCE, len(addresses)))
    rate, burst = (max(1, most // each * quarters // 4) for most in (min(1000 * each, COPIES // 4), BURST))
    return f"limit rate {rate}/second burst {burst} packets"


def limit_bytes(addresses):
    each = max(1, min(AT_ONCE, len(addresses)))
    return f"limit rate {BYTES // each} bytes/second burst {BYTES_BURST // each} bytes"


def parts(addresses):
    return [addresses[at : at + AT_ONCE] for at in range(0, len(addresses), AT_ONCE)]


# For an address here. Those that have been seen are asked at once, as far as there is room, three quarters of it for one
# server at most, and so for a stranger who sends all day. Whatever is left waits: for that, or for the others to be asked
# too, where nobody of the former is the owner.
def ask(name, seen, rest):
    marks = [(held.MARK, "seen", parts(seen)), (held.MARK + held.REST, "rest", rest)]
    ways = [f"{mark + at} : goto {name}_{kind}_{at}" for mark, kind, them in marks for at in range(len(them))]
    at_once = f"add @often {{ ip saddr {limit(seen, 3)} }} {limit_bytes(seen)} {limit(seen)} goto {name}_asked\n"
    return f"""{spread(name + "_seen", parts(seen))}chain {name}_asked {{
{f"log group {held.ASKED} snaplen {held.SNAP}" if rest else ""}
{in_turn(name + "_seen", seen) if seen else ""}
drop
}}
chain {name} {{
{at_once if seen else ""}log group {held.UNASKED} snaplen {held.SNAP}
drop
}}
chain {name}_returned {{
{f"meta mark vmap {{ {', '.join(ways)} }}" if ways else ""}
}}
"""


# What has changed of it: those that have been seen, or also the others.
def again(name, before, after):
    (_, seen, rest), (_, seen_now, rest_now) = before, after
    if (seen, rest) == (seen_now, rest_now):
        return ""
    chains = [name, f"{name}_asked", f"{name}_returned", *(f"{name}_seen_{at}" for at in range(len(parts(seen))))]
    changed = ask(name, seen_now, rest_now)
    if rest != rest_now:
        chains += [f"{name}_rest_{at}" for at in range(len(rest))]
        changed = spread(name + "_rest", rest_now) + changed
    flushed = "".join(f"flush chain ip phoenat_paging {chain}\n" for chain in chains)
    return flushed + "table ip phoenat_paging {\n" + changed + "}\n"


# `zones`: by the name of each, its address here, clients seen, and the parts of the others. `left`: seconds until the kernel opens it
# to nobody any more.
def ruleset(uplink, egress, clients, zones, left):
    sets = {"anywhere": "ipv4_addr; flags interval; auto-merge", "servers": "ipv4_addr . inet_service; flags interval"}
    sets = {name: (kind, servers(egress)[name]) for name, kind in sets.items() if servers(egress)[name]}
    # What ends a connection that is not known is no new one to the kernel, but invalid. A client is nobody's server here, and
    # resets to it would not come by.
    orphan = "ip daddr @open ip saddr != @clients ct state new,invalid tcp dport 32768-65535 tcp flags & (syn | rst | ack) == ack"
    source = {"anywhere": "ip saddr @anywhere", "servers": "ip saddr . tcp sport @servers"}
    ways = ", ".join(f"{address} : goto {name}" for name, (address, _, _) in zones.items())
    opened = ", ".join(f"{address} timeout {left}s" for address, _, _ in zones.values())
    returned = ", ".join(f"{address} : jump {name}_returned" for name, (address, _, _) in zones.items())
    asks = (spread(name + "_rest", rest) + ask(name, seen, rest) for name, (_, seen, rest) in zones.items())
    # Another client with the same port acknowledges, too, what its own connection has had. The owner's sequence number alone
    # is the one that the server waits for.
    bare = "tcp flags & (fin | syn | rst | psh | ack) == ack ip length < 93"
    answer = "ip daddr . tcp dport . tcp sport"
    line = "\n"
    return f"""table ip phoenat_paging
delete table ip phoenat_paging
table ip phoenat_paging {{
{line.join(f"counter {name} {{ }}" for name in FIGURES)}
{line.join(f"set {name} {{ type {kind}; elements = {{ {these} }}; }}" for name, (kind, these) in sets.items())}
set open {{ type ipv4_addr; flags timeout; elements = {{ {opened} }}; }}
set clients {{ type ipv4_addr; flags interval; auto-merge; elements = {{ {", ".join(clients.split())} }}; }}
set seen {{ type ipv4_addr; size {MOST}; flags dynamic; }}
set asked {{ type ipv4_addr . inet_service . inet_service; size 4096; flags dynamic,timeout; timeout 500ms; }}
set pending {{ type ipv4_addr . inet_service . inet_service; size 16384; flags dynamic,timeout; timeout 5s; }}
set owed {{ typeof ip saddr . tcp sport . tcp dport . tcp ackseq; size 16384; flags dynamic,timeout; timeout 5s; }}
set busy {{ type ipv4_addr; size 4096; flags dynamic,timeout; timeout 10s; }}
set often {{ type ipv4_addr; size 4096; flags dynamic,timeout; timeout 10s; }}
{"".join(asks)}chain orphan {{
ip saddr . tcp sport . tcp dport @asked drop
add @busy {{ ip saddr limit rate over 200/second burst 1000 packets }} counter name refused drop
limit rate over 1000/second burst 2000 packets counter name refused drop
jump expect
counter name pages
ip daddr vmap {{ {ways} }}
}}
chain expect {{
update @asked {{ ip saddr . tcp sport . tcp dport }}
update @pending {{ ip saddr . tcp sport . tcp dport }}
update @owed {{ ip saddr . tcp sport . tcp dport . tcp ackseq }}
}}
chain returned {{
meta mark {held.DELIVER} log group {held.UNKNOWN} snaplen {held.SNAP} drop
ip daddr != @open drop
jump expect
ip daddr vmap {{ {returned} }}
drop
}}
chain arriving {{
type filter hook prerouting priority mangle; policy accept;
ct state established,related accept
iif lo meta mark {held.MARK}-{held.DELIVER} goto returned
iifname != "{uplink}" accept
{line.join(f"{orphan} {source[name]} goto orphan" for name in sets)}
ip saddr @clients ct state new add @seen {{ ip saddr }}
ip saddr @clients ct state new {bare} {answer} @pending {answer} . tcp sequence != @owed drop
ip saddr @clients ct state new tcp flags & (syn | rst | ack) == ack {answer} @asked counter name answers
ct state invalid tcp flags & rst == rst counter name resets drop
}}
}}
"""


def nft(text, *options):
    try:
        done = subprocess.run(["nft", *options, "--file", "-"], input=text, capture_output=True, text=True, timeout=30)
    except subprocess.TimeoutExpired:
        return SILENT
    return done.stderr.strip().split("\n")[0] if done.returncode else ""


def listed(*what):
    try:
        return subprocess.run(["nft", "list", *what], capture_output=True, text=True, timeout=10).stdout
    except subprocess.TimeoutExpired:
        return ""


def read(name):
    try:
        with open(f"{table.RUN}/{name}") as file:
            return file.read().strip()
    except OSError:
        return ""


def write(name, text):
    with open(f"{table.RUN}/{name}.new", "w") as file:
        file.write(text + "\n")
    os.rename(f"{table.RUN}/{name}.new", f"{table.RUN}/{name}")


def forget(name):
    try:
        os.remove(f"{table.RUN}/{name}")
    except FileNotFoundError:
        pass


def uptime():
    with open("/proc/uptime") as file:
        return int(float(file.read().split()[0]))


def environment():
    with open(table.ENV) as file:
        return dict(re.findall('^([A-Z_]+)="?(.*?)"?$', file.read(), re.M))


def primary(uplink):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return socket.inet_ntoa(fcntl.ioctl(sock, 0x8915, struct.pack("256s", uplink.encode()))[20:24])


# Whose connections the kernel knows, from a predecessor or a neighbour too.
def known():
    found, data = set(), b"\0" * 6
    with table.kernel() as link:
        link.settimeout(5)
        link.send(table.message(table.GET, 0x301, b""))
        while data[4] not in (2, 3) and len(found) < MOST:
            data, at = link.recv(1 << 18), 0
            while at + 96 <= len(data):
                (size,) = struct.unpack_from("=I", data, at)
                found.add(socket.inet_ntoa(data[at + 32 : at + 36]))
                at += size + 3 & ~3 or 4
    return found


class Paging:
    def __init__(self):
        self.env, self.uplink = environment(), read("uplink")
        self.clients = self.env.get("CLIENT_CIDRS", "0.0.0.0/0")
        self.own = self.env.get("OWN_CIDRS") or self.env.get("CLIENT_CIDRS", "")
        self.others = self.env.get("OTHER_CIDRS", "")
        self.seen, self.until, self.has_come, self.loaded, self.counted = set(), 0, False, None, 0
        # So many of those that have been seen the rules know, and what of those in use.
        self.asked, self.sending = (0, ""), threading.Lock()
        # Of one that was killed.
        self.is_left = bool(listed("set", "ip", "phoenat_paging", "open"))

    # Why it can not, if so. The kernel is asked for the rules.
    def obstacle(self):
        egress = self.env.get("EGRESS", "")
        if not any(servers(egress).values()):
            return "clients have no connections of their own: the name filter's are the instance's"
        some = parts(["10.0.0.2"] * (AT_ONCE + 1))
        return nft(ruleset("lo", egress, "10.0.0.0/8", {"own": ("10.0.0.1", [], some)}, 1), "--check")

    # By the address that their packets leave as: those of other zones have the secondary one.
    def zones(self):
        clients, elsewhere, own = networks(self.clients), networks(self.others), networks(self.own)
        seen = {"own": [], "others": []}
        for one in sorted(self.seen):
            address = ipaddress.ip_address(one)
            if is_in(address, clients) and is_in(address, elsewhere):
                seen["others"].append(one)
            elif is_in(address, clients) and is_in(address, own):
                seen["own"].append(one)
        in_use = read("in-use")
        found = {"own": (primary(self.uplink), seen["own"], others(self.own, self.clients, in_use))}
        stand_in = read("stand-in")
        if stand_in and self.others:
            found["others"] = (stand_in, seen["others"], others(self.others, self.clients, in_use))
        return found

    def open(self, until):
        self.until, self.seen = until, self.seen | known()
        # Nothing that is to end at once: a time of none would be without end.
        zones, left = self.zones(), max(1, until - uptime())
        why = nft(ruleset(self.uplink, self.env["EGRESS"], f"{self.own} {self.others}", zones, left))
        if not why:
            self.loaded, self.asked = zones, (len(self.seen), read("in-use"))
        write("paging-until", str(until))
        return why

    # Those that have been seen since are asked first, then those that are told to be in use. Returns nothing where the table is
    # gone.
    def renew(self):
        listing = listed("set", "ip", "phoenat_paging", "seen")
        self.seen |= set(re.findall(r"\d+\.\d+\.\d+\.\d+", listing))
        now = len(self.seen), read("in-use")
        if now == self.asked:
            return listing
        zones, text = self.zones(), ""
        for name, them in zones.items():
            # The secondary address is known only now.
            if name not in self.loaded:
                return ""
            text += again(name, self.loaded[name], them)
        # What nft does not do now is done a second later.
        if not text or not nft(text):
            is_told, self.loaded, self.asked = now[1] != self.asked[1], zones, now
            if is_told:
                self.count()
        return listing

    # For what waits: whom to ask for a packet to this address, as marks and how many they are. Nothing: it is over.
    def asks(self, address, with_seen):
        for here, seen, rest in (self.loaded or {}).values():
            if here == socket.inet_ntoa(address):
                marks = [(held.MARK, parts(seen) if with_seen else []), (held.MARK + held.REST, rest)]
                return [(mark + at, len(part)) for mark, them in marks for at, part in enumerate(them)]
        return None

    # nft reads all rules for this, which takes a tenth of a second where there are thousands.
    def count(self):
        self.counted = uptime()
        listing = listed("counters", "table", "ip", "phoenat_paging")
        counts = dict(re.findall(r"counter (\w+) \{\s*packets (\d+)", listing))
        if counts and self.loaded:
            clients = sum(len(seen) for _, seen, _ in self.loaded.values())
            figures = ", ".join(f'"{name}": {counts.get(name, 0)}' for name in FIGURES)
            in_use = how_many_in_use(self.asked[1]) if self.asked[1] else "null"
            write("paging", f'{{"until": {self.until}, "seen": {clients}, "inUse": {in_use}, {figures}}}')
        return counts

    def close(self):
        counts = self.count()
        with self.sending:
            self.loaded, self.is_left = None, True
            # Otherwise a second later.
            if nft("table ip phoenat_paging\ndelete table ip phoenat_paging\n"):
                return
            self.is_left = False
        told = ", ".join(f"{name} {counts.get(name, '?')}" for name in FIGURES)
        watch.say("asks nobody any more whose packets are: " + told)

    # A public address that has come here brings the traffic of a zone. Nothing else waits for the metadata service.
    def await_address(self):
        before, mac = None, ""
        while True:
            if not mac:
                status, text = watch.metadata("mac")
                mac = text if status == 200 else ""
            if mac:
                status, text = watch.metadata(f"network/interfaces/macs/{mac}/public-ipv4s")
                # What it does not tell at the moment is not gone.
                if status in (200, 404):
                    now = set(text.split()) if status == 200 else set()
                    self.has_come = self.has_come or before is not None and not now <= before
                    before = now
            time.sleep(1)

    def run(self):
        threading.Thread(target=self.await_address, daemon=True).start()
        # One that was killed goes on; and what was over is not begun again.
        until, said = int(read("paging-until") or uptime() + WINDOW), ""
        while True:
            if self.has_come:
                self.has_come, self.loaded, until = False, None, uptime() + WINDOW
                # Of those that are carried now.
                forget("in-use")
            if until <= uptime():
                if self.loaded or self.is_left:
                    self.close()
            elif self.loaded and self.renew():
                if uptime() - self.counted >= 5:
                    self.count()
            else:
                why = self.open(until)
                told = f"asks clients for {until - uptime()} s whose packets are that nobody knows"
                if why:
                    told = cannot(why)
                if told != said:
                    watch.say(told)
                said = why and told
                self.count()
            time.sleep(1)


def cannot(why):
    write("paging", '{"cannot": "%s"}' % re.sub(r'["\\\x00-\x1f]', "", why))
    return "asks no client whose packets are that nobody knows: " + why


# What a probe brings: which addresses are in use. All of it, or nothing, and once for each window: whoever sent one list after
# the other would have the rules made anew each second.
def take(length):
    signal.alarm(5)
    text = sys.stdin.buffer.read(length)
    is_taken = len(text) == length and os.path.exists(f"{table.RUN}/paging") and text.strip() and not read("in-use")
    if is_taken:
        write("in-use", text.decode("ascii", "replace").replace("\ufffd", "?"))
    print("HTTP/1.0 " + ("200 OK" if is_taken else "400 Bad Request") + "\r\nConnection: close\r\n\r\n", end="")


# Whatever becomes of it, systemd begins anew.
def hold(link, asks, sending):
    try:
        held.serve(link, asks, sending)
    except Exception as error:
        watch.say("what waits to be asked about is lost: " + repr(error))
    os._exit(1)


def main():
    while not read("nat.nft"):
        time.sleep(1)
    one = Paging()
    why = one.obstacle()
    # While a boot installs packages, say, nft may take its time: that tells nothing of the kernel.
    while why == SILENT:
        time.sleep(10)
        why = one.obstacle()
    link = None
    try:
        link = None if why else held.log()
    except OSError as error:
        why = f"the kernel hands on no packets that wait: {error}"
    if why:
        watch.say(cannot(why))
        return
    threading.Thread(target=hold, args=(link, one.asks, one.sending), daemon=True).start()
    one.run()


if __name__ == "__main__":
    if sys.argv[1:] == ["rules"]:
        one = Paging()
        print(ruleset(one.uplink, one.env["EGRESS"], f"{one.own} {one.others}", one.zones(), WINDOW), end="")
    elif sys.argv[1:]:
        take(int(sys.argv[1]))
    else:
        main()
