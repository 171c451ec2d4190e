import { fileURLToPath } from 'node:url';
import { field } from '../../../shared/events/fields.ts';
import { type Namespace, runIn } from '../network/namespaces.ts';

export type Forged = {
  readonly sources: readonly string[];
  readonly sourcePort: number;
  readonly destination: string;
  /** The first of so many in a row; absent: one. */
  readonly port: number;
  readonly ports?: number;
  readonly flags: readonly (keyof typeof bits)[];
  readonly perSecond: number;
  readonly seconds: number;
};

const bits = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;
const program = fileURLToPath(new URL('forge.py', import.meta.url));

/** Packets with any source that one likes, each of them first from every source, then to the next port. */
export async function forge(
  from: Namespace,
  { sources, sourcePort, destination, port, ports = 1, flags, perSecond, seconds }: Forged,
): Promise<{ readonly sent: number; readonly cpuSeconds: number }> {
  const mask = flags.reduce((sum, flag) => sum | bits[flag], 0).toString(16);
  const numbers = [port, ports, mask, perSecond, seconds].map(String);
  const output = await runIn(from, [
    'python3',
    program,
    `${sources}`,
    `${sourcePort}`,
    destination,
    ...numbers,
  ]);
  const answer: unknown = JSON.parse(output);
  return { sent: Number(field(answer, 'sent')), cpuSeconds: Number(field(answer, 'cpuSeconds')) };
}
