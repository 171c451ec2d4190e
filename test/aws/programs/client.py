"""The client whose requests and connections are counted, on an instance in a private subnet.

    python3 client.py run FOLDER REQUESTS CONNECTIONS SECONDS   sends until SECONDS have passed or it is stopped
    python3 client.py mark FOLDER NAME                          writes into the log that something is done now
    python3 client.py read FOLDER OFFSET                        prints the log from there on, packed, as JSON
    python3 client.py stop FOLDER

REQUESTS and CONNECTIONS are ADDRESS:PORT. It sends a request each half second, each on a connection of its own, and holds
20 connections on which it says something each half second. The log is a file on its disk, so that it goes on while nobody
can reach the machine. A line each: ok SENT TOOK ADDRESS, lost SENT TOOK WHY, open AT ID, end AT ID WHY, heard AT ID,ID...,
mark AT NAME. Times are milliseconds, all of one clock: that of the system when it began, and from then on one that nobody
sets. Runs on the Python of Amazon Linux 2023 (3.9), with nothing but its library.
"""

import asyncio
import base64
import gzip
import json
import os
import signal
import sys
import time

PERIOD = 0.5
TIMEOUT = 2.0
HELD = 20
HEARD_PERIOD = 5
# Run Command keeps 24,000 characters of what a command prints (GetCommandInvocation, StandardOutputContent).
MAX_PRINTED = 20_000
MAX_READ = 1_000_000


def path(folder, name):
    return os.path.join(folder, name)


def now_ms(folder):
    """CLOCK_MONOTONIC is the same for every process of a system, and the difference is written down once."""
    with open(path(folder, "clock")) as file:
        return round(time.monotonic() * 1000) + int(file.read())


def append(folder, line):
    # One write of less than a page, at the end: lines of two processes do not mix.
    with open(path(folder, "log"), "a") as file:
        file.write(line + "\n")


class Client:
    def __init__(self, folder, requests, connections):
        self.folder = folder
        self.requests = requests
        self.connections = connections
        self.heard = set()
        self.made = 0
        self.tasks = set()
        with open(path(folder, "clock")) as file:
            self.offset = int(file.read())

    def now(self):
        return round(time.monotonic() * 1000) + self.offset

    def say(self, *words):
        append(self.folder, " ".join(str(word) for word in words))

    async def ask(self):
        host, port = self.requests
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(b"GET / HTTP/1.0\r\nHost: far-end\r\n\r\n")
            answer = await reader.read()
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.0 200") or not body:
            raise OSError("no whole answer")
        return body.decode("ascii", "replace").strip().replace(" ", "_")

    async def request(self):
        sent = self.now()
        try:
            address = await asyncio.wait_for(self.ask(), TIMEOUT)
            self.say("ok", sent, self.now() - sent, address)
        except asyncio.TimeoutError:
            self.say("lost", sent, self.now() - sent, "timeout")
        except OSError as error:
            self.say("lost", sent, self.now() - sent, type(error).__name__)

    async def send_requests(self):
        """At fixed moments, whether or not the last one has been answered."""
        due = time.monotonic()
        while True:
            task = asyncio.ensure_future(self.request())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            due += PERIOD
            await asyncio.sleep(max(0, due - time.monotonic()))

    async def listen(self, reader, number):
        while True:
            line = await reader.readline()
            if not line:
                raise OSError("closed")
            self.heard.add(number)

    async def talk(self, writer):
        while True:
            writer.write(b"still there\n")
            await asyncio.sleep(PERIOD)

    async def hold(self):
        """One connection after the other, so that as many are held at the next event."""
        while True:
            writer = None
            opened = None
            try:
                reader, writer = await asyncio.wait_for(asyncio.open_connection(*self.connections), 5)
                self.made += 1
                opened = self.made
                self.say("open", self.now(), opened)
                both = [asyncio.ensure_future(self.listen(reader, opened)), asyncio.ensure_future(self.talk(writer))]
                try:
                    done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
                finally:
                    for task in both:
                        task.cancel()
            except (OSError, asyncio.TimeoutError) as error:
                if opened is not None:
                    self.say("end", self.now(), opened, type(error).__name__)
            finally:
                if writer is not None:
                    writer.close()
            await asyncio.sleep(1)

    async def tell_heard(self):
        while True:
            await asyncio.sleep(HEARD_PERIOD)
            heard, self.heard = self.heard, set()
            if heard:
                self.say("heard", self.now(), ",".join(str(number) for number in sorted(heard)))

    async def run(self, seconds):
        everything = [self.send_requests(), self.tell_heard()] + [self.hold() for _ in range(HELD)]
        running = asyncio.gather(*everything)
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, running.cancel)
        try:
            await asyncio.wait_for(running, seconds)
        except (asyncio.TimeoutError, asyncio.CancelledError):
            pass


def place(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def run(folder, requests, connections, seconds):
    os.makedirs(folder, exist_ok=True)
    with open(path(folder, "clock"), "w") as file:
        file.write(str(round((time.time() - time.monotonic()) * 1000)))
    with open(path(folder, "pid"), "w") as file:
        file.write(str(os.getpid()))
    client = Client(folder, place(requests), place(connections))
    asyncio.run(client.run(float(seconds)))


def mark(folder, name):
    at = now_ms(folder)
    append(folder, f"mark {at} {name}")
    print(at)


def read(folder, offset):
    """Whole lines only: the next reading goes on with the first that is not in this one."""
    offset = int(offset)
    with open(path(folder, "log"), "rb") as file:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        file.seek(offset)
        part = file.read(MAX_READ)
    part = part[: part.rfind(b"\n") + 1]
    packed = base64.b64encode(gzip.compress(part)).decode()
    while len(packed) > MAX_PRINTED:
        part = part[: part.rfind(b"\n", 0, len(part) // 2) + 1]
        packed = base64.b64encode(gzip.compress(part)).decode()
    print(json.dumps({"next": offset + len(part), "size": size, "data": packed}))


def stop(folder):
    with open(path(folder, "pid")) as file:
        os.kill(int(file.read()), signal.SIGTERM)


if __name__ == "__main__":
    {"run": run, "mark": mark, "read": read, "stop": stop}[sys.argv[1]](*sys.argv[2:])
