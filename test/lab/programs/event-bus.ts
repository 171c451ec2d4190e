import { createServer } from 'node:http';
import { service } from '../network/address-plan.ts';
import type { PutEntry } from './protocol.ts';
import { serveOrders } from './worker-program.ts';

/** EventBridge's PutEvents, which believes every signature. Started in the internet's namespace; it prints each entry. */
const server = createServer((request, answer) => {
  let text = '';
  request.on('data', (chunk) => {
    text += String(chunk);
  });
  request.on('end', () => {
    const { Entries }: { Entries: PutEntry[] } = JSON.parse(text);
    for (const entry of Entries) process.stdout.write(`${JSON.stringify(entry)}\n`);
    answer.end(JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'lab' })) }));
  });
});
await new Promise<void>((resolve) => server.listen(80, service.events, resolve));
await serveOrders(
  () => undefined,
  () => ({}),
);
