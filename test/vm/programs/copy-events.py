# On an instance: what it would tell its neighbour of the connections that begin within so many seconds, by the instance's
# own programs. Prints how many were told as established, and how many of these the neighbour's program takes.
import json
import sys
import time

sys.path.insert(0, "/etc/phoenat")
import connections as table
import neighbour

seconds, address = float(sys.argv[1]), sys.argv[2]
public = bytes(int(part) for part in address.split("."))
link, told, taken = neighbour.events(), set(), set()
# Whoever waits for it sees that it listens.
open("/run/copy-events", "w").close()
until = time.monotonic() + seconds
while time.monotonic() < until:
    try:
        data = link.recv(4096)
    except BlockingIOError:
        time.sleep(0.05)
        continue
    # A client's, TCP, established, to port 443.
    if data[92:96] != public or data[32:36] == public or data[52] != 6 or data[68:70] != b"\1\xbb" or neighbour.state_of(data) != 3:
        continue
    told.add(data[20:72])
    taken |= table.read(data, public, public)[0].keys()
print(json.dumps({"told": len(told), "taken": len(taken)}))
