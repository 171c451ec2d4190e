#!/usr/bin/python3
# In an image of one's own: lets an instance forward before cloud-init has come to its user data. At each boot it asks the
# instance metadata service for the user data of this very launch, takes configure.sh and what that needs out of it, and
# runs it as soon as there is a default route. Nothing of a configuration is in the image, so that no other than the
# launch's is ever loaded. Where anything is not as expected, it leaves all of it to cloud-init, which does the same later.
import gzip, http.client, os, re, subprocess, sys, time

SERVICE = os.environ.get("IMDS", "169.254.169.254")
# In memory, apart from what cloud-init writes: that may come at any time, and a script must not change while it runs.
FOLDER = "/run/phoenat-first"
PATIENCE_SECONDS = 180
MODULES = "nf_tables nf_conntrack nft_ct nft_limit nft_log nft_chain_nat nft_masq nft_nat nft_redir"


def ask(method, path, headers):
    connection = http.client.HTTPConnection(SERVICE, timeout=2)
    try:
        connection.request(method, f"/latest/{path}", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


# Nothing, where this launch has none. Version 2 of the service: version 1 may be switched off.
def user_data():
    ttl = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    status, token = ask("PUT", "api/token", ttl)
    if status != 200:
        raise OSError(f"no token: {status}")
    status, data = ask("GET", "user-data", {"X-aws-ec2-metadata-token": token.decode()})
    if status == 404:
        return ""
    if status != 200:
        raise OSError(f"no user data: {status}")
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


# The files that the first command of infra/user-data.ts writes, by name; none, where it is somebody else's user data.
def files_of(text):
    block = re.match(r"#cloud-config\nbootcmd:\n  - \|\n((?: {4}.*\n|\n)+)", text)
    script = re.sub(r"^ {4}", "", block[1], flags=re.M) if block else ""
    written = re.findall(r"^cat >/etc/phoenat/([\w.-]+) <<'END OF FILE'\n(.*?)^END OF FILE$", script, re.M | re.S)
    return dict(written)


def has_route():
    lines = [line.split() for line in open("/proc/net/route").read().splitlines()[1:]]
    return any(line[1] == line[7] == "00000000" for line in lines)


# What cannot be had yet may come: until the network is there, the service is not.
def wait_for(get):
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            found = get()
            if found or found == "":
                return found
        except OSError:
            pass
        time.sleep(0.1)
    return None


def configure():
    environment = {**os.environ, "PHOENAT_DIR": FOLDER, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    command = ["/bin/bash", f"{FOLDER}/configure.sh"]
    return subprocess.run(command, env=environment, timeout=60, check=False).returncode == 0


def main():
    # Half of the time that the rules take is the kernel's, for its modules; there is nothing else to do meanwhile.
    subprocess.Popen(["/sbin/modprobe", "--all", "--quiet", *MODULES.split()], stderr=subprocess.DEVNULL)
    files = files_of(wait_for(user_data) or "")
    if "configure.sh" not in files or "nat.env" not in files:
        return
    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    for name, content in files.items():
        with open(f"{FOLDER}/{name}", "w") as file:
            file.write(content)
    # Cloud-init may take its own short-lived lease away between the two.
    for _ in range(3):
        if wait_for(has_route) and configure():
            return
        time.sleep(1)
    print("phoenat: the rules are left to cloud-init", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Exception as error:
        print(f"phoenat: the rules are left to cloud-init: {error}", flush=True)
        sys.exit(1)
