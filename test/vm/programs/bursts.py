# Packets of a client's, run in its namespace: bursts.py KIND ADDRESS FIRST PACKETS. The packets of each burst bear its
# number, from FIRST on, as their IPv4 identification, which no NAT changes. KIND is
#   known:   packets of one connection that is established;
#   unasked: the same without a connection, for what forwards without looking;
#   new:     the first packet of a connection each.
# Prints a line when their receiver is to drop them from now on. Then it sends a burst at each line on its standard input,
# and prints one when it is sent.
import socket
import struct
import sys
import time

kind, address, number, packets = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
PORT, REPAIR, QUEUE, NUMBER, SYN, ACK = 443, 19, 20, 21, 2, 16


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(own, number, port, sequence, acknowledged, flags, payload):
    ends = socket.inet_aton(own) + socket.inet_aton(address)
    options = b"\2\4\5\xb4" if flags == SYN else b""
    length = 80 + 4 * len(options)
    tcp = struct.pack("!HHIIBBHHH", port, PORT, sequence, acknowledged, length, flags, 500, 0, 0) + options
    whole = ends + struct.pack("!BBH", 0, 6, len(tcp) + len(payload)) + tcp + payload
    tcp = tcp[:16] + struct.pack("!H", checksum(whole)) + tcp[18:]
    head = struct.pack("!BBHHHBBH", 69, 0, 20 + len(tcp) + len(payload), number, 0, 64, 6, 0)
    return head + ends + tcp + payload


# What a connection's next packet bears: asked of the kernel, which tells who repairs it.
def numbers_of(link):
    found = []
    link.setsockopt(socket.IPPROTO_TCP, REPAIR, 1)
    for queue in 2, 1:
        link.setsockopt(socket.IPPROTO_TCP, QUEUE, queue)
        found.append(link.getsockopt(socket.IPPROTO_TCP, NUMBER) & 0xFFFFFFFF)
    link.setsockopt(socket.IPPROTO_TCP, REPAIR, -1)
    return found


own, port, numbers = None, 40000, [1, 1]
if kind == "known":
    link = socket.create_connection((address, PORT), 30)
    link.sendall(b"\n")
    time.sleep(1)
    own, port = link.getsockname()
    numbers = numbers_of(link)
else:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        any_socket.connect((address, PORT))
        own = any_socket.getsockname()[0]
print("ready", flush=True)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for _ in sys.stdin:
    if kind == "new":
        ports = [1024 + (number * packets + nth) % 60000 for nth in range(packets)]
        made = [packet(own, number, one, 1, 0, SYN, b"") for one in ports]
    else:
        # The same data again and again, as if no acknowledgement came.
        made = [packet(own, number, port, numbers[0], numbers[1], ACK, b"." * 1000)] * packets
    for one in made:
        raw.sendto(one, (address, 0))
    print("sent", flush=True)
    number += 1
