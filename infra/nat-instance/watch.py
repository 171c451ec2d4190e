#!/usr/bin/python3
# Watches the NAT instance of the neighbouring zone: pings it five times a second and asks its health once in two. Less than a
# second of silence, or a health answer that says broken for longer than a guard repairs, is told to EventBridge, which
# wakes the controller. It decides nothing; whom it watches is a tag that the controller keeps right. Python, since every
# Amazon Linux 2023 has it and bash has no raw socket. What an alarm alone needs is loaded by the process that sends it.
import errno
import json
import os
import select
import signal
import socket
import struct
import threading
import time

METADATA = os.environ.get("PHOENAT_METADATA", "169.254.169.254:80")
EVENTS = os.environ.get("PHOENAT_EVENTS")
# Four pings in a row. What is told sooner is told in vain more often, and costs a run; it moves nothing.
SILENT = 0.8
# A guard repairs within two seconds, and ends what it cannot repair after ten.
BROKEN = 5.0
# Between the alarms of one suspicion; the last goes on while it lasts. However often the neighbour comes and goes, there
# are no more than so many an hour.
PAUSES = 10, 60, 300
MOST_AN_HOUR = 20


def say(text):
    print("phoenat: " + text, flush=True)


# A whole answer of a plain HTTP server: its status, 0 where there is none, and its body.
def ask(address, method, path, header=""):
    host, port = address.split(":")
    answer = b""
    try:
        with socket.create_connection((host, int(port)), 1) as sock:
            # No byte more than that: what a server has not read when it is done resets the connection, its answer too.
            sock.sendall(("%s %s HTTP/1.0\r\n%s\r\n" % (method, path, header and header + "\r\n")).encode())
            until = time.monotonic() + 1
            while len(answer) < 65536 and time.monotonic() < until:
                part = sock.recv(8192)
                if not part:
                    break
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ")[1]), body.decode()
    except (OSError, ValueError, IndexError):
        return 0, ""


def metadata(path):
    status, token = ask(METADATA, "PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60")
    if status != 200:
        return 0, ""
    return ask(METADATA, "GET", "/latest/meta-data/" + path, "X-aws-ec2-metadata-token: " + token)


# Of one neighbour. It is suspected only once it has been heard: until then it may be booting, or a filter be in the way.
class Neighbour:
    def __init__(self, text):
        self.text = text
        self.zone, self.instance, self.address = text.split(" ")
        socket.inet_pton(socket.AF_INET, self.address)
        self.heard = self.broken = self.since = None
        self.answered = self.asked = self.next = 0
        self.alarms = 0

    # What the health answer says of forwarding; that there is no way out is no fault of the instance's. One that has never
    # forwarded is booting.
    def look(self, now):
        self.asked = now
        status, body = ask(self.address + ":8765", "GET", "/")
        if not status:
            return
        self.answered = time.monotonic()
        try:
            health = json.loads(body)
            well = health["forwarding"] and health["masquerade"] and health["filter"] and health["nameFilter"] is not False
            if well or "forwarding" not in health["boot"]:
                self.broken = None
            elif self.broken is None:
                self.broken = now
        except (ValueError, KeyError, TypeError):
            pass

    # Since when what is wrong. Somebody may have closed the way for pings alone.
    def seen(self, now):
        if self.heard is None:
            return None
        is_up = self.answered > self.heard + SILENT / 4 and now - self.answered < 3
        if now - self.heard > SILENT and not is_up:
            return self.heard, "no answer for %.1f s" % (now - self.heard)
        if self.broken is not None and now - self.broken > BROKEN:
            return self.broken, "it says that it does not forward"
        return None

    # What an alarm is to say now, if one is due. It begins anew once the neighbour has been well.
    def due(self, now):
        seen = self.seen(now)
        if seen is None:
            if self.since is not None:
                say("%s is heard again" % self.instance)
            self.alarms, self.next, self.since = 0, now, None
            return None
        self.since = seen[0]
        if now < self.next:
            return None
        self.next = now + PAUSES[min(self.alarms, 2)]
        self.alarms += 1
        return seen[1]


# In a process of its own: one PutEvents with the role of this instance, signed with Signature Version 4 (IAM User Guide,
# "Create a signed AWS API request").
def put_event(detail):
    import hashlib
    import hmac
    import http.client

    def sha(data):
        return hashlib.sha256(data).hexdigest()

    tell = {}
    for path in "instance-id", "placement/region", "services/domain", "tags/instance/phoenat:stack", "iam/security-credentials/":
        tell[path] = metadata(path)[1].split("\n")[0]
    keys = json.loads(metadata("iam/security-credentials/" + tell["iam/security-credentials/"])[1])
    detail.update(by=tell["instance-id"], stack=tell["tags/instance/phoenat:stack"])
    entry = {"Source": "phoenat.watch", "DetailType": "NAT instance suspected", "Detail": json.dumps(detail)}
    body = json.dumps({"Entries": [entry]}).encode()
    region = tell["placement/region"]
    host = EVENTS or "events.%s.%s" % (region, tell["services/domain"])
    said = "no answer"
    for pause in 0, 0.5, 2:
        time.sleep(pause)
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "host": host,
            "x-amz-date": stamp,
            "x-amz-security-token": keys["Token"],
            "x-amz-target": "AWSEvents.PutEvents",
        }
        names = ";".join(headers)
        lines = "".join("%s:%s\n" % pair for pair in headers.items())
        scope = [stamp[:8], region, "events", "aws4_request"]
        text = "\n".join(["POST", "/", "", lines, names, sha(body)])
        text = "\n".join(["AWS4-HMAC-SHA256", stamp, "/".join(scope), sha(text.encode())])
        key = ("AWS4" + keys["SecretAccessKey"]).encode()
        for part in scope + [text]:
            key = hmac.new(key, part.encode(), "sha256").digest()
        credential = "/".join([keys["AccessKeyId"]] + scope)
        headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s" % (credential, names, key.hex())
        try:
            make = http.client.HTTPConnection if EVENTS else http.client.HTTPSConnection
            connection = make(host, timeout=3)
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            said = "%d %s" % (answer.status, answer.read(4096).decode("utf-8", "replace"))
        except OSError as error:
            said = str(error)
            continue
        if answer.status == 200 and '"FailedEntryCount":0' in said.replace(" ", ""):
            return "told EventBridge"
        if answer.status < 500:
            break
    return "EventBridge was not told: " + said[:300]


# Nothing waits for it, and it ends within a quarter of a minute.
def send(neighbour, seen):
    say("%s of zone %s: %s" % (neighbour.instance, neighbour.zone, seen))
    if os.fork() == 0:
        signal.alarm(15)
        try:
            say(put_event({"zone": neighbour.zone, "instance-id": neighbour.instance, "seen": seen}))
        except Exception as error:
            say("EventBridge was not told: %r" % error)
        os._exit(0)


neighbour = None


# Beside the pings, which wait for nobody: whom to watch, and how that one is.
def ask_around():
    global neighbour
    tag_at = 0
    while True:
        now = time.monotonic()
        if now >= tag_at:
            tag_at = now + 3
            status, text = metadata("tags/instance/phoenat:watch")
            # What the metadata service does not tell at the moment is not gone.
            if status in (200, 404) and (neighbour.text if neighbour else "") != (text if status == 200 else ""):
                try:
                    neighbour = Neighbour(text)
                except (ValueError, OSError):
                    neighbour = None
                say("watches " + (neighbour.text if neighbour else "nobody"))
        one = neighbour
        if one and now - one.asked >= (2 if one.heard is None or now - one.heard < SILENT / 2 else SILENT / 2):
            one.look(now)
        time.sleep(0.1)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def watch():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    ping = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    threading.Thread(target=ask_around, daemon=True).start()
    ident, number, told = os.getpid() & 0xFFFF, 0, []
    ping_at = time.monotonic()
    while True:
        one, now = neighbour, time.monotonic()
        if now >= ping_at:
            # Who stood still, as a machine that is moved to another host does, has heard nobody meanwhile; and what this
            # instance cannot send, the neighbour has not failed to answer. That nobody is there, it has.
            stood_still = now - ping_at > SILENT / 2
            ping_at, number = now + 0.2, (number + 1) & 0xFFFF
            try:
                if one:
                    head = struct.pack("!BBHHH", 8, 0, 0, ident, number)
                    ping.sendto(head[:2] + struct.pack("!H", checksum(head)) + head[4:], (one.address, 0))
            except OSError as error:
                stood_still = error.errno != errno.EHOSTUNREACH
            if one and one.heard is not None and stood_still:
                one.heard = now
        # An alarm that falls due waits for no ping.
        due_at = one.heard + SILENT if one and one.heard is not None and one.heard + SILENT > now else ping_at
        if select.select([ping], [], [], max(0, min(ping_at, due_at) - now))[0]:
            packet, (address, _) = ping.recvfrom(1500)
            at = (packet[0] & 15) * 4
            if one and address == one.address and packet[at : at + 1] == b"\0" and packet[at + 4 : at + 6] == struct.pack("!H", ident):
                one.heard = time.monotonic()
        seen = one and one.due(time.monotonic())
        told = [at for at in told if now - at < 3600]
        if seen and len(told) < MOST_AN_HOUR:
            told.append(now)
            send(one, seen)


if __name__ == "__main__":
    watch()
