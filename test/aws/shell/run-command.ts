import {
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  SendCommandCommand,
} from '@aws-sdk/client-ssm';
import { type Rig, waitFor } from './rig.ts';

const minuteMs = 60_000;
const oftenMs = 1_000;
/** Run Command's least (SSM API, SendCommand, TimeoutSeconds). */
const deliverySeconds = 30;
const unfinished = ['Pending', 'InProgress', 'Delayed', 'Cancelling'];

/** Until the agent on it has told Systems Manager of itself. */
export async function waitUntilManaged(rig: Rig, instanceId: string, limitMs: number): Promise<void> {
  await waitFor(rig, `the SSM agent of ${instanceId}`, limitMs, async () => {
    const { InstanceInformationList } = await rig.aws.ssm.send(
      new DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [instanceId] }] }),
    );
    return InstanceInformationList?.[0]?.PingStatus === 'Online' ? true : undefined;
  });
}

/** Runs lines of a shell on an instance; gives what they print. @throws Error where they fail, or are not delivered. */
export async function runCommand(rig: Rig, instanceId: string, lines: readonly string[]): Promise<string> {
  const { aws, names } = rig;
  const { Command } = await aws.ssm.send(
    new SendCommandCommand({
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: [instanceId],
      Comment: names.run,
      TimeoutSeconds: deliverySeconds,
      Parameters: { commands: [...lines], executionTimeout: ['60'] },
    }),
    { abortSignal: rig.signal },
  );
  const CommandId = Command?.CommandId;
  // A mark is to be as near to its event as may be.
  const often = { ...rig, pollMs: Math.min(rig.pollMs, oftenMs) };
  const ended = await waitFor(often, `a command on ${instanceId}`, 3 * minuteMs, async () => {
    try {
      const answer = await aws.ssm.send(
        new GetCommandInvocationCommand({ CommandId, InstanceId: instanceId }),
      );
      return unfinished.includes(answer.Status ?? 'Pending') ? undefined : answer;
    } catch (error) {
      // The command is known a moment later than it is sent.
      if (error instanceof Error && error.name === 'InvocationDoesNotExist') return undefined;
      throw error;
    }
  });
  if (ended.Status !== 'Success') {
    throw new Error(
      `a command on ${instanceId} ended as ${ended.StatusDetails ?? ended.Status}: ${ended.StandardErrorContent?.trim() || 'it says nothing'}`,
    );
  }
  return ended.StandardOutputContent ?? '';
}
