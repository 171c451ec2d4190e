# On an instance, which is to become another one: its rules are loaded anew, with an empty flow table, and its kernel knows
# of connections what the health port hands on ("known"), or nothing ("unknown"). By the instance's own programs. Prints
# what came of it as JSON.
import json
import subprocess
import sys

sys.path.insert(0, "/etc/phoenat")
import connections as table

mode, address = sys.argv[1:]


def entries():
    with open("/proc/net/nf_conntrack") as file:
        return [line.split() for line in file if " tcp " in line and " dport=443 " in line]


def forwarding(on):
    with open("/proc/sys/net/ipv4/ip_forward", "w") as file:
        file.write(on)


in_flow_table = [one for one in entries() if any("OFFLOAD" in word for word in one)]
found, whole = table.fetch(address, 8765)
# Nothing passes meanwhile, and nobody repairs that.
subprocess.run(["systemctl", "stop", "phoenat-guard.socket", "phoenat-guard.service"], check=True)
forwarding("0")
subprocess.run(["nft", "--file", "/run/phoenat/nat.nft"], check=True)
with table.kernel() as kernel:
    kernel.send(table.message(table.DELETE, 5, b""))
    kernel.recv(4096)
    left_over = len(entries())
    names = found.items() if mode == "known" else []
    told = [table.message(table.NEW, 0x601, name + state + left + back) for name, (state, left, back) in names]
    refused = table.change(kernel, told)
now = [one for one in entries() if "ESTABLISHED" in one]
forwarding("1")
subprocess.run(["systemctl", "start", "phoenat-guard.service"], check=True)
result = {
    "inFlowTable": len(in_flow_table),
    "handedOn": len(found),
    "isWhole": whole,
    "leftOver": left_over,
    "refused": refused,
    "known": len(now),
    # Established connections have five days; one whose end is near, of a request before, is no matter.
    "lasting": len([one for one in now if int(one[4]) > 80000]),
}
print(json.dumps(result))
