import { once } from 'node:events';
import { createServer } from 'node:net';
import { SetUpError } from '../python/set-up-error.ts';

/** Above these, Linux takes ports for connections that go out (`net.ipv4.ip_local_port_range`). */
const [least, most] = [20_000, 32_000];
const tries = 100;

/**
 * Two different ports that nobody listens on now. From where the system takes none for a connection of somebody's, so that who
 * listens on one, stops for a while and listens again finds it free.
 */
export async function freePorts(host = '127.0.0.1'): Promise<[number, number]> {
  const first = await freePort(host);
  let second = first;
  while (second === first) second = await freePort(host);
  return [first, second];
}

/** One of them. */
export async function freePort(host: string): Promise<number> {
  for (let left = tries; left > 0; left -= 1) {
    const port = least + Math.floor(Math.random() * (most - least));
    if (await isFree(host, port)) return port;
  }
  throw new SetUpError(`no free port on ${host}`);
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
