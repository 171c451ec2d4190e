import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { silentServer } from '../aws/silent-server.ts';

const main = new URL('../../../cli/main.ts', import.meta.url).pathname;

it('Ctrl-C at a terminal, while the spinner turns, ends the command with 130 and one sentence', async () => {
  const server = await silentServer();
  const command = `stty cols 100 rows 30; exec ${process.execPath} ${main} status`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: server.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    },
  });
  let shown = '';
  child.stdout.on('data', (chunk) => {
    const wasTurning = shown.includes('looking for the stack');
    shown += String(chunk);
    if (!wasTurning && shown.includes('looking for the stack')) child.stdin.write('\u0003');
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(killer);
  await server.close();

  expect(code).toBe(130);
  expect(shown.match(/phoenat: .*/g)?.map((line) => line.trim())).toEqual([
    'phoenat: ended by Ctrl-C; nothing was changed',
  ]);
  // The cursor is given back.
  expect(shown.lastIndexOf('\u001b[?25h')).toBeGreaterThan(shown.lastIndexOf('\u001b[?25l'));
}, 20_000);
