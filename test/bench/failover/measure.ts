import { EC2Client, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { ZoneLetter } from '../../../shared/config/zone-letters.ts';
import type { Report } from '../../../shared/core/report/report.ts';
import { environmentOf, scheduledEvent, stateChange } from '../../moto/deployment.ts';
import { createVpc, createZone, type MotoZone } from '../../moto/moto-vpc.ts';
import { startRecordingProxy } from '../../moto/recording-proxy.ts';
import { probeAnswer } from './answering-probe.ts';
import { Corrections } from './corrections.ts';
import { startDelayingProxy } from './delaying-proxy.ts';
import { type LambdaEnvironment, startEnvironment } from './environment.ts';
import { type Failover, failoverOf } from './round-trips.ts';

export type Variant = {
  readonly name: string;
  readonly letters: readonly ZoneLetter[];
  /** In each zone, with a table each. */
  readonly privateSubnets: number;
  /** The process that gets the event has run before; otherwise the time begins with its start. */
  readonly isWarm: boolean;
  /** A parameter that is not at its default. */
  readonly with?: 'SpareInterface=off' | 'StandIn=on';
};

/** moto at this address, and how long each call to it takes on its way. */
export type Account = { readonly endpoint: string; readonly delayMs: number };

/** A stack of its own each time: a breaker and a back-off count the launches of the last hour. */
export async function measureOnce(variant: Variant, { endpoint, delayMs }: Account): Promise<Failover> {
  const ec2 = new EC2Client({ endpoint });
  const consoles = await startRecordingProxy(endpoint);
  const corrections = new Corrections();
  const proxy = await startDelayingProxy(consoles.endpoint, {
    delayMs,
    corrections,
    probe: (payload) => probeAnswer(payload, ec2),
  });
  const env = { ...(await built(variant, ec2)), AWS_ENDPOINT_URL: proxy.endpoint };
  let environment = startEnvironment(env);
  try {
    const failing = primaryOf(await settled(environment));
    if (!variant.isWarm) {
      await environment.stop();
    }
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [failing] }));
    corrections.letAnHourPass();
    proxy.take();
    const eventAt = performance.now();
    environment = variant.isWarm ? environment : startEnvironment(env);
    // What follows the launch is another matter, and takes a quarter of a minute.
    const run = environment.invoke(stateChange(failing, 'shutting-down'));
    run.catch(() => undefined);
    await Promise.race([run, proxy.quietAfter('RunInstances')]);
    return failoverOf(proxy.take(), eventAt);
  } finally {
    await environment.stop();
    await proxy.close();
    await consoles.close();
    ec2.destroy();
  }
}

const environmentWith: Readonly<Record<NonNullable<Variant['with']>, Readonly<Record<string, string>>>> = {
  'SpareInterface=off': { PHOENAT_SPARE_INTERFACE: 'off' },
  'StandIn=on': { PHOENAT_STAND_IN: 'on' },
};

async function built(variant: Variant, ec2: EC2Client): Promise<Record<string, string>> {
  const { letters, privateSubnets } = variant;
  const vpc = await createVpc(ec2);
  const zones: MotoZone[] = [];
  for (const letter of letters) {
    zones.push(await createZone(ec2, vpc, { letter, natGateway: false, privateSubnets }));
  }
  const env = environmentOf(`bench-${crypto.randomUUID().slice(0, 8)}`, vpc, zones, {
    hasProbes: variant.with === 'StandIn=on',
  });
  return { ...env, ...(variant.with === undefined ? {} : environmentWith[variant.with]) };
}

/** The first run makes every zone's instance; a Lambda environment has run for some minutes when one of them fails. */
async function settled(environment: LambdaEnvironment): Promise<Report> {
  const report = await environment.invoke(scheduledEvent());
  if (report.outcome !== 'settled') {
    throw new Error(`the first run ended ${report.outcome}: ${JSON.stringify(report)}`);
  }
  return report;
}

/** Of the first zone. */
function primaryOf({ zones }: Report): string {
  const id = zones[0]?.primary?.instanceId;
  if (id === undefined) throw new Error('the first zone has no primary');
  return id;
}
