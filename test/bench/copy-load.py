# Connections that nobody has: copy-load.py RUN-FOLDER-OF-FILES stand COUNT | new PER-SECOND SECONDS. Each new one ends after three
# seconds. They are entries of the kernel's table, made in its own messages, and tell its events as real ones do.
import os
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import connections as table

OWN = socket.inet_aton(sys.argv[2])


def attribute(kind, body):
    return struct.pack("=HH", 4 + len(body), kind) + body + b"\0" * (-len(body) % 4)


def tuple_of(kind, source, destination, sport, dport):
    addresses = attribute(0x8001, attribute(1, source) + attribute(2, destination))
    return attribute(kind, addresses + attribute(0x8002, attribute(1, b"\6") + attribute(2, sport) + attribute(3, dport)))


def entry(number, state):
    client = struct.pack("!I", 0x0A006400 + number // 50000)
    server = struct.pack("!I", 0xC6120000 + number * 7919 % 65000)
    port, https = struct.pack("!H", 10000 + number % 50000), b"\1\xbb"
    name = tuple_of(0x8001, client, server, port, https)
    tcp = attribute(1, bytes([state])) + attribute(2, b"\x0b") + attribute(3, b"\x0b")
    tcp += attribute(4, b"\x23\x23") + attribute(5, b"\x23\x23")
    rest = attribute(0x8004, attribute(0x8001, tcp))
    if state != 3:
        return name, name + rest
    rest += attribute(3, struct.pack("!I", 14)) + attribute(7, struct.pack("!I", 86400))
    rest += table.SOURCE.pack(0x80060028, 0x10008, OWN, 0x20008, OWN, 0x80030014, 0x10006, port, 0x20006, port)
    return name, name + tuple_of(0x8002, server, client, https, port) + rest


def make(link, numbers):
    return table.change(link, [table.message(table.NEW, 0x601, entry(number, 3)[1]) for number in numbers])


def end(link, numbers):
    table.change(link, [table.message(table.NEW, 1, entry(number, 7)[1]) for number in numbers])
    table.change(link, [table.message(table.DELETE, 1, entry(number, 3)[0]) for number in numbers])


with table.kernel() as link:
    if sys.argv[3] == "stand":
        if make(link, range(int(sys.argv[4]))):
            sys.exit("the kernel refuses them")
    else:
        rate, seconds = int(sys.argv[4]), int(sys.argv[5])
        began, made, ended = time.monotonic(), 0, 0
        while (now := time.monotonic() - began) < seconds:
            until = int(now * rate)
            make(link, range(1000000 + made, 1000000 + until))
            made, gone = until, max(0, int((now - 3) * rate))
            end(link, range(1000000 + ended, 1000000 + gone))
            ended = gone
            time.sleep(0.05)
        end(link, range(1000000 + ended, 1000000 + made))
