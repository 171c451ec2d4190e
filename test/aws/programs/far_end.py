"""What the client's requests and connections go to, on an instance with a public address: answers with the address that it sees.

    python3 far_end.py ADDRESS REQUESTS_PORT CONNECTIONS_PORT

Runs on the Python of Amazon Linux 2023 (3.9), with nothing but its library.
"""

import asyncio
import sys


async def answer_request(reader, writer):
    """One request of HTTP: the answer says from which address it came."""
    try:
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        body = writer.get_extra_info("peername")[0].encode()
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError):
        pass  # Whoever asked has gone, or has asked for nothing.
    finally:
        writer.close()


async def echo(reader, writer):
    """A connection that lasts: every line comes back."""
    try:
        while True:
            line = await reader.readline()
            if not line:
                break
            writer.write(line)
            await writer.drain()
    except (OSError, ValueError):
        pass
    finally:
        writer.close()


async def main(address, requests_port, connections_port):
    await asyncio.start_server(answer_request, address, requests_port)
    await asyncio.start_server(echo, address, connections_port)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
