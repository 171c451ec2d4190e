import { createInterface } from 'node:readline';

/** The other end of a Worker. */
export function readArgument<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** Says that the program is ready, and hands it its orders until the input ends, when its result is asked for. */
export async function serveOrders(
  onOrder: (order: string) => void,
  result: () => Promise<object> | object,
): Promise<void> {
  process.stdout.write('ready\n');
  for await (const order of createInterface({ input: process.stdin })) onOrder(order);
  const line = JSON.stringify(await result());
  // Sockets are still open by design: the program ends when its result is out.
  process.stdout.write(`${line}\n`, () => process.exit(0));
}
