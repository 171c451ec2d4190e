import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type BadBoot, BootsWords } from './boots-word.ts';
import { ClientTokens } from './client-tokens.ts';
import { type Answer, refusal } from './ec2-answer.ts';
import type { Ec2Call } from './ec2-call.ts';
import { ProbeAnswers } from './probe-answers.ts';
import { sendStateChange } from './state-changes.ts';

export type Refusal = {
  readonly action: string;
  readonly code: string;
  readonly message: string;
  /** Which calls of that name; all of them by default. */
  readonly where?: (call: Ec2Call) => boolean;
};

/**
 * The one address of the cloud, in front of its two halves: EC2's calls go to moto, all others to MiniStack. It keeps what
 * was asked of EC2, can refuse calls as EC2 would, answers for the probes, and tells EventBridge of instances that start and end.
 */
export type Front = {
  readonly endpoint: string;
  readonly ec2Calls: readonly Ec2Call[];
  /** How often each probe was asked, by its function's name. */
  readonly probesAsked: ReadonlyMap<string, number>;
  /** Until the function that it gives is called. */
  refuse(refusal: Refusal): () => void;
  /** From now on, also until then. */
  failBoots(bad: BadBoot): () => void;
  close(): Promise<void>;
};

export type FrontOptions = {
  readonly port: number;
  readonly moto: string;
  readonly ministack: string;
};

export async function startFront({ port, moto, ministack }: FrontOptions): Promise<Front> {
  const ec2Calls: Ec2Call[] = [];
  const refusals = new Set<Refusal>();
  const tokens = new ClientTokens();
  const boots = new BootsWords();
  const probes = new ProbeAnswers();
  const follow = async (call: Ec2Call, answer: string) => {
    const ids = new Set(
      [...answer.matchAll(/<instanceId>(i-[0-9a-f]+)<\/instanceId>/g)].flatMap(([, id]) => id ?? []),
    );
    if (call.action === 'RunInstances') probes.launched(call, ids, boots.launched(call, ids));
    for (const state of statesAfter[call.action] ?? []) {
      for (const id of ids) await sendStateChange(ministack, id, state);
    }
  };
  const answerEc2 = async (incoming: IncomingMessage, body: Buffer): Promise<Answer> => {
    const params = new URLSearchParams(body.toString('latin1'));
    const call = { action: params.get('Action') ?? '', params };
    ec2Calls.push(call);
    const refused = [...refusals].find(
      ({ action, where }) => action === call.action && (where?.(call) ?? true),
    );
    if (refused !== undefined) return refusal(refused.code, refused.message);
    if (call.action === 'GetConsoleOutput') return boots.answer(call);
    return await tokens.answer(params, async () => {
      const answer = await handOn(moto, incoming, body);
      if (answer.status === 200) await follow(call, answer.body.toString());
      return answer;
    });
  };
  const server = createServer((incoming, outgoing) => {
    respond(outgoing, async () => {
      const body = await buffer(incoming);
      const probe = ProbeAnswers.probeIn(incoming.url ?? '', body);
      if (probe !== undefined) return probes.answer(probe, body);
      return isForEc2(incoming) ? await answerEc2(incoming, body) : await handOn(ministack, incoming, body);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${port}`,
    ec2Calls,
    probesAsked: probes.asked,
    refuse: (refusal) => addTo(refusals, refusal),
    failBoots: (bad) => addTo(boots.bad, bad),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function addTo<T>(set: Set<T>, member: T): () => void {
  set.add(member);
  return () => {
    set.delete(member);
  };
}

/** A signed request names its service: Credential=KEY/DATE/REGION/SERVICE/aws4_request. */
function isForEc2({ headers }: IncomingMessage): boolean {
  return /Credential=[^,]*\/ec2\/aws4_request/.test(headers.authorization ?? '');
}

async function handOn(target: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { method = 'GET', headers, url = '/' } = incoming;
  const onward = request(`${target}${url}`, { method, headers });
  onward.end(body);
  const [answer]: IncomingMessage[] = await once(onward, 'response');
  if (answer === undefined) throw new Error(`${target} answered nothing`);
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
}

function respond(outgoing: ServerResponse, answer: () => Promise<Answer>): void {
  answer().then(
    ({ status, headers, body }) => {
      outgoing.writeHead(status, { ...headers });
      outgoing.end(body);
    },
    (error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined);
    },
  );
}

/** EC2 says more states than these; "pending" wakes nobody, and the rest follow at once here. */
const statesAfter: Readonly<Record<string, readonly string[]>> = {
  RunInstances: ['running'],
  StopInstances: ['stopping', 'stopped'],
  TerminateInstances: ['shutting-down', 'terminated'],
};
