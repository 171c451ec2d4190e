import type { HarnessOptions } from '../../../simulator/harness/harness.ts';
import { answerAws } from '../../../simulator/serve/answer-aws.ts';
import type { HttpRequest } from '../../../simulator/serve/http-answer.ts';
import { LivingAccount } from '../../../simulator/serve/living-account.ts';

/** What a client of the SDK's sends. */
type Sent = {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
};

export type Served = {
  readonly account: LivingAccount;
  readonly unserved: readonly string[];
  readonly notes: readonly string[];
  /** What every client of the SDK's is made with. */
  readonly config: {
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
    readonly endpoint: string;
    readonly requestHandler: { handle(sent: Sent): Promise<{ response: never }> };
  };
};

/** An account behind its protocols, without a socket: its time passes while a request is under way. */
export async function serve(harness: HarnessOptions = {}): Promise<Served> {
  const account = await LivingAccount.open({ harness, now: () => 0 });
  const unserved: string[] = [];
  const notes: string[] = [];
  account.onNote = (text) => notes.push(text);
  const { clock } = account.harness;
  const handle = async (sent: Sent) => {
    const request = requestOf(sent);
    const { status, headers, text } = await clock.complete(
      answerAws(account, request, (what) => unserved.push(what)),
    );
    const body = new TextEncoder().encode(text);
    return { response: { statusCode: status, headers, body } as never };
  };
  return {
    account,
    unserved,
    notes,
    config: {
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
      endpoint: 'http://127.0.0.1',
      requestHandler: { handle },
    },
  };
}

function requestOf({ method, path, query = {}, headers, body = '' }: Sent): HttpRequest {
  const search = new URLSearchParams(query).toString();
  const names = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    method,
    target: search === '' ? path : `${path}?${search}`,
    headers: Object.fromEntries(names),
    body: typeof body === 'string' ? body : new TextDecoder().decode(body),
  };
}
