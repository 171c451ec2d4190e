import { DescribeInstancesCommand, type EC2Client, type Instance } from '@aws-sdk/client-ec2';
import { tagKeys } from '../../../shared/core/model/tags.ts';

type Asked = { readonly instanceId: string };

/** What the probe of a zone would say in whose account all is well but what is ending: moto runs no functions. */
export async function probeAnswer(payload: Buffer, ec2: EC2Client): Promise<object> {
  const { instances: asked }: { instances: readonly Asked[] } = JSON.parse(payload.toString());
  const found = await instancesOf(asked, ec2);
  return {
    targets: [{ target: 'https://192.0.2.1/', tookMs: 1, result: { kind: 'answered', status: 200 } }],
    instances: asked.map(({ instanceId }) => {
      const instance = found.find(({ InstanceId }) => InstanceId === instanceId);
      const isUp = instance?.State?.Name === 'running';
      const result = isUp ? { kind: 'answered', health: healthOf(instance) } : { kind: 'no-answer', why: '' };
      return { instanceId, tookMs: 1, result };
    }),
  };
}

async function instancesOf(asked: readonly Asked[], ec2: EC2Client): Promise<readonly Instance[]> {
  if (asked.length === 0) return [];
  const InstanceIds = asked.map(({ instanceId }) => instanceId);
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }));
  return Reservations.flatMap(({ Instances = [] }) => Instances);
}

/** As infra/nat-instance/health.sh writes it, as far as anything follows from it here. */
function healthOf({ Tags = [], NetworkInterfaces = [] }: Instance): object {
  const [networkInterface] = NetworkInterfaces;
  const secondary = networkInterface?.PrivateIpAddresses?.find(({ Primary }) => Primary !== true);
  const fine = { ready: true, forwarding: true, masquerade: true, filter: true, egress: true };
  return {
    ...fine,
    problems: [],
    boot: { forwarding: 6 },
    uptimeSeconds: 600,
    standIn: secondary?.PrivateIpAddress ?? null,
    spec: Tags.find(({ Key }) => Key === tagKeys.spec)?.Value ?? '',
  };
}
