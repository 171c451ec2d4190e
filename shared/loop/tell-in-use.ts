import { observeInUse } from '../aws/observe-in-use.ts';
import { within } from '../aws/time-limit.ts';
import { errorMessage } from '../core/model/error-message.ts';
import type { InstanceId } from '../core/model/ids.ts';
import { quote } from '../core/model/quote.ts';
import type { Snapshot } from '../core/model/snapshot.ts';
import { type DurationMs, secondMs } from '../core/model/time.ts';
import { type Lacking, lackingInUse } from '../core/neighbours/lacking-in-use.ts';
import { asksClients } from '../core/neighbours/paging.ts';
import { anyOf, probedZones } from './ask-probes.ts';
import type { RunContext } from './context.ts';
import type { Telling } from './run.ts';

/** Its window may open again in a run, for a zone that it is to carry. */
const maxTries = 3;
const longestMs: DurationMs = 3 * secondMs;

/**
 * An instance that asks clients whose a packet is asks those first that are there. Nothing waits for this: it goes on beside
 * whatever else the run does.
 */
export function tellInUse({ instances }: Pick<Snapshot, 'instances'>, context: RunContext): void {
  const { settings, run } = context;
  if (!asksClients(settings) || !instances.known) {
    return;
  }
  const lacking = lackingInUse({
    zones: probedZones(context),
    instances: instances.value.items,
    readings: run.memory.readings,
    standInsOf: (zone) => run.zones.get(zone)?.standIns ?? [],
  });
  for (const one of lacking.filter((entry) => isDue(entry, run.telling))) {
    const { instanceId } = one.instance;
    const telling: Telling = {
      tries: (run.telling.get(instanceId)?.tries ?? 0) + 1,
      pending: Promise.resolve(),
    };
    run.telling.set(instanceId, telling);
    telling.pending = tell(one, context).then(() => {
      telling.overAt = context.clock.now();
    });
  }
}

/** What was said before the latest try tells nothing of that. */
function isDue({ instance, askedAt }: Lacking, telling: ReadonlyMap<InstanceId, Telling>): boolean {
  const before = telling.get(instance.instanceId);
  return (
    before === undefined ||
    (before.tries < maxTries && before.overAt !== undefined && askedAt > before.overAt)
  );
}

async function tell({ zone, instance, subnetIds }: Lacking, context: RunContext): Promise<void> {
  const { ec2Context, clock, askProbe, log } = context;
  try {
    const inUse = await within(longestMs, clock, () => observeInUse(ec2Context.ec2, subnetIds));
    if (inUse.length > 0) {
      await askProbe?.(zone, [instance], { inUse });
    }
  } catch (error) {
    log('warn', 'Could not list the addresses in use: clients are asked without that', {
      zone: zone.name,
      instanceId: instance.instanceId,
      reason: quote(errorMessage(error)),
    });
  }
}

/** Before the run ends, and no longer than some seconds: the process is frozen after that. */
export async function finishTelling({ run, clock, deadline }: RunContext): Promise<void> {
  const pending = [...run.telling.values()]
    .filter(({ overAt }) => overAt === undefined)
    .map((each) => each.pending);
  const leftMs = Math.min(longestMs + 2 * secondMs, deadline - clock.now());
  if (pending.length > 0 && leftMs > 0) {
    await anyOf([Promise.all(pending).then(() => undefined)], leftMs, clock);
  }
}
