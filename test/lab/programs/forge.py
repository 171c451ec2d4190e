"""Sends TCP packets that nobody has asked for, from any source. Started in the internet's namespace.

Arguments: sources and their port, destination, first port, how many ports in a row, flags in hexadecimal, packets a second,
seconds. Prints how many packets it has sent, and the CPU time that this took, up to where each was delivered.
"""

import json
import socket
import struct
import sys
import time

PAYLOAD = b"x" * 32


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(source, source_port, destination, port, flags):
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    head = struct.pack("!HHIIBBHHH", source_port, port, 1_000_000, 2_000_000, 5 << 4, flags, 512, 0, 0)
    pseudo = ends + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(head) + len(PAYLOAD))
    tcp = head[:16] + struct.pack("!H", checksum(pseudo + head + PAYLOAD)) + head[18:] + PAYLOAD
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, socket.IPPROTO_TCP, 0) + ends + tcp


def main():
    sources, source_port, destination, first, ports, flags, rate, seconds = sys.argv[1:]
    packets = [
        packet(source, int(source_port), destination, int(first) + number, int(flags, 16))
        for number in range(int(ports))
        for source in sources.split(",")
    ]
    out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    total, sent, began = int(float(rate) * float(seconds)), 0, time.monotonic()
    while sent < total:
        due = min(total, int((time.monotonic() - began) * float(rate)) + 1)
        for number in range(sent, due):
            out.sendto(packets[number % len(packets)], (destination, 0))
        sent = due
        time.sleep(0.005)
    print(json.dumps({"sent": sent, "cpuSeconds": time.thread_time()}))


main()
