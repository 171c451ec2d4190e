import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';

const main = new URL('../../../cli/main.ts', import.meta.url).pathname;

describe('the process, at Ctrl-C', () => {
  it('ends with 130, one sentence and no stack trace, though AWS still owes an answer', async () => {
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const silent = createServer(() => asked());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    };
    const child = spawn(process.execPath, [main, 'status', '--watch'], { env });
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    await isAsked;
    child.kill('SIGINT');
    const exitCode = await new Promise((resolve) => child.on('close', resolve));
    silent.closeAllConnections();
    silent.close();

    expect([exitCode, err.trim()]).toEqual([130, 'phoenat: no longer watching; nothing was changed']);
  });
});
