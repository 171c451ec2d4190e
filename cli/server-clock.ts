import { type DurationMs, secondMs } from '../shared/core/model/time.ts';

type Middlewares = {
  readonly addRelativeTo: (
    middleware: (
      next: (args: never) => Promise<{ readonly response: unknown }>,
    ) => (args: never) => Promise<{ readonly response: unknown }>,
    options: { readonly relation: 'after'; readonly toMiddleware: string; readonly name: string },
  ) => void;
};

/** A Date header has whole seconds, and an answer takes some time: less than this does not count as a difference. */
const noDifferenceMs: DurationMs = 5 * secondMs;

/**
 * How much AWS's clock is ahead of this machine's, from the first answer of any client. What is asked for ("the last
 * hour") is in AWS's time, whatever a laptop believes.
 */
export class ServerClock {
  readonly #now: () => number;
  #aheadMs: DurationMs | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** 0 until something was answered. */
  aheadMs(): DurationMs {
    return this.#aheadMs ?? 0;
  }

  watch(client: { readonly middlewareStack: unknown }): void {
    // The stack's own type asks for the client's inputs and outputs; only headers are looked at here.
    const stack = client.middlewareStack as Middlewares;
    stack.addRelativeTo(
      (next) => async (args) => {
        const result = await next(args);
        this.#note(result.response);
        return result;
      },
      { relation: 'after', toMiddleware: 'deserializerMiddleware', name: 'phoenatServerClock' },
    );
  }

  #note(response: unknown): void {
    const headers: unknown = response instanceof Object ? Reflect.get(response, 'headers') : undefined;
    const date: unknown = headers instanceof Object ? Reflect.get(headers, 'date') : undefined;
    const at = typeof date === 'string' ? Date.parse(date) : Number.NaN;
    if (this.#aheadMs === undefined && !Number.isNaN(at)) {
      const aheadMs = at - this.#now();
      this.#aheadMs = Math.abs(aheadMs) < noDifferenceMs ? 0 : aheadMs;
    }
  }
}
