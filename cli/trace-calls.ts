import { withoutSecrets } from './without-secrets.ts';

/** Called for each call to AWS when it has ended: one line, with no secret in it. */
export type OnCall = (line: string) => void;

type Context = { readonly clientName?: string; readonly commandName?: string };
type Next = (args: never) => Promise<{ readonly output: unknown }>;
type Middlewares = {
  readonly add: (
    middleware: (next: Next, context: Context) => Next,
    options: { readonly step: 'initialize'; readonly name: string },
  ) => void;
};

/** Tells of every call that the client makes, its repetitions in one. What is asked and answered is not told. */
export function traceCalls(
  client: { readonly middlewareStack: unknown },
  now: () => number,
  onCall: OnCall,
): void {
  // The stack's own type asks for the client's inputs and outputs; only their metadata is looked at here.
  const stack = client.middlewareStack as Middlewares;
  stack.add(
    (next, { clientName = 'AWS', commandName = 'a call' }) =>
      async (args) => {
        const began = now();
        const tell = (how: string, of: unknown) =>
          onCall(
            withoutSecrets(
              [
                `${serviceOf(clientName)} ${commandName.replace(/Command$/, '')}: ${how}`,
                `${now() - began} ms`,
              ]
                .concat(detailsOf(of))
                .join(', '),
            ),
          );
        try {
          const result = await next(args);
          tell('answered', result.output);
          return result;
        } catch (error) {
          tell(error instanceof Error ? `${error.name}: ${error.message}` : String(error), error);
          throw error;
        }
      },
    { step: 'initialize', name: 'phoenatTraceCalls' },
  );
}

function serviceOf(clientName: string): string {
  return clientName.replace(/Client$/, '');
}

/** AWS's support asks for the id of a request. */
function detailsOf(of: unknown): string[] {
  const metadata: unknown = of instanceof Object ? Reflect.get(of, '$metadata') : undefined;
  if (!(metadata instanceof Object)) {
    return [];
  }
  const status: unknown = Reflect.get(metadata, 'httpStatusCode');
  const attempts: unknown = Reflect.get(metadata, 'attempts');
  const id: unknown = Reflect.get(metadata, 'requestId');
  return [
    ...(typeof status === 'number' ? [`HTTP ${status}`] : []),
    ...(typeof attempts === 'number' && attempts > 1 ? [`${attempts} attempts`] : []),
    ...(typeof id === 'string' ? [`request ${id}`] : []),
  ];
}

/** The whole of an error: its stack, the request that it is about, and what caused it. */
export function traceOf(error: unknown): string {
  const parts: string[] = [];
  // A cause may lead back to its effect.
  for (let each = error, depth = 0; each !== undefined && depth < 5; depth += 1) {
    const text = each instanceof Error ? (each.stack ?? `${each.name}: ${each.message}`) : String(each);
    const details = detailsOf(each);
    parts.push(details.length === 0 ? text : `${text}\n    (${details.join(', ')})`);
    each = each instanceof Error ? each.cause : undefined;
  }
  return withoutSecrets(parts.join('\ncaused by: '));
}
