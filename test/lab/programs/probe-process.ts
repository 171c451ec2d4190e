import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { isHurried, parseRequest, wantsRequests } from '../../../functions/probe/parse-request.ts';
import { hurriedLimits, probe, probeLimits } from '../../../functions/probe/probe.ts';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import { renderExtras } from '../../../infra/user-data.ts';
import type { ProbeOrder, ProbeProcessArgument, ProbeReply } from './protocol.ts';
import { readArgument, serveOrders } from './worker-program.ts';

/** The probe as Lambda runs it: a process that stays warm. Started in a private host's namespace. */
const { targets, address, certificateFile } = readArgument<ProbeProcessArgument>();
const ca = readFileSync(certificateFile, 'utf8');
const text = renderExtras(readBootstrapFiles());
const extras = { hash: createHash('sha256').update(text).digest('hex'), text };

/** In the lab there is no DNS. */
const lookup: LookupFunction = (_name, { all }, callback) => {
  if (all) callback(null, [{ address, family: 4 }]);
  else callback(null, address, 4);
};

async function invoke({ id, payload }: ProbeOrder): Promise<ProbeReply> {
  try {
    const event: unknown = JSON.parse(payload);
    const answer = await probe(parseRequest(event), {
      targets: wantsRequests(event) ? targets : [],
      limits: isHurried(event) ? hurriedLimits : probeLimits,
      extras,
      now: () => performance.now(),
      lookup,
      ca,
    });
    return { id, payload: JSON.stringify(answer) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    const said = JSON.stringify({ errorType: name, errorMessage: message });
    return { id, payload: said, functionError: 'Unhandled' };
  }
}

await serveOrders(
  (order) => {
    invoke(JSON.parse(order)).then((reply) => process.stdout.write(`${JSON.stringify(reply)}\n`));
  },
  () => ({}),
);
