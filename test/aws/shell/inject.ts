import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeNetworkInterfacesCommand,
  ModifyInstanceAttributeCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import type { EventName, GameEvent } from '../core/game-day.ts';
import { phoenat } from './phoenat.ts';
import type { Rig } from './rig.ts';
import { runCommand } from './run-command.ts';

/** Does it to the instance. The instance is one that `natInstances` has found, by this run's tag. */
export async function inject(
  rig: Rig,
  { name, limitMs }: GameEvent,
  instanceId: string,
  controller: string,
): Promise<void> {
  const { aws } = rig;
  const InstanceIds = [instanceId];
  switch (name) {
    case 'terminate':
      await aws.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
      return;
    case 'stop':
      await aws.ec2.send(new StopInstancesCommand({ InstanceIds }));
      return;
    case 'hang':
      await hang(rig, instanceId);
      return;
    case 'forwarding':
      await runCommand(rig, instanceId, ['sysctl -q -w net.ipv4.ip_forward=0']);
      return;
    case 'check':
      await aws.ec2.send(
        new ModifyInstanceAttributeCommand({ InstanceId: instanceId, SourceDestCheck: { Value: true } }),
      );
      return;
    case 'rebuild': {
      const { code, out, err } = await phoenat(rig, ['rebuild', '--zone', 'a', '--yes'], limitMs);
      if (code !== 0) throw new Error(`phoenat rebuild ended with ${code}: ${(err || out).trim()}`);
      return;
    }
    case 'warning':
      await aws.lambda.send(
        new InvokeCommand({
          FunctionName: controller,
          InvocationType: 'Event',
          Payload: JSON.stringify(spotWarning(rig, instanceId)),
        }),
      );
      return;
  }
}

const panicSeconds = 5;
const answerMs = 20_000;

/**
 * Some seconds later, so that the agent can say that the command has run. Where it cannot any more, nothing else will, and
 * whether the kernel has panicked is seen by what becomes of the zone. No reboot ends it.
 */
async function hang(rig: Rig, instanceId: string): Promise<void> {
  const asked = runCommand(rig, instanceId, [
    'sysctl -q -w kernel.panic=0 kernel.sysrq=1',
    `setsid nohup sh -c 'sleep ${panicSeconds}; echo c > /proc/sysrq-trigger' </dev/null >/dev/null 2>&1 &`,
  ]);
  // What it fails with later concerns nobody.
  asked.catch(() => undefined);
  await Promise.race([asked, sleep(answerMs, undefined, { signal: rig.signal })]);
}

/** As EventBridge delivers it (EC2 User Guide, "Spot Instance interruption notices"). Nobody but EC2 can send it there. */
function spotWarning({ aws }: Rig, instanceId: string): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'EC2 Spot Instance Interruption Warning',
    source: 'aws.ec2',
    account: aws.accountId,
    time: new Date().toISOString(),
    region: aws.region,
    resources: [`arn:${aws.partition}:ec2:${aws.region}:instance/${instanceId}`],
    detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
  };
}

/** Whether what was done shows no more, apart from the zone's health. */
export async function isUndone(rig: Rig, name: EventName, instanceId: string): Promise<boolean> {
  if (name !== 'check') return true;
  const { NetworkInterfaces } = await rig.aws.ec2.send(
    new DescribeNetworkInterfacesCommand({
      Filters: [{ Name: 'attachment.instance-id', Values: [instanceId] }],
    }),
  );
  return (NetworkInterfaces ?? []).every(({ SourceDestCheck }) => SourceDestCheck === false);
}
