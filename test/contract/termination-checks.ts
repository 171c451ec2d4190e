import { CreateRouteCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import {
  addressOf,
  associate,
  defaultRoutes,
  everywhere,
  instanceOf,
  interfaceStatus,
  launch,
  launchId,
  launchOnInterface,
  terminate,
  untilState,
} from './asking.ts';
import type { Contract } from './contract.ts';
import { eventually, outcomeOf, present, type Subject } from './subject.ts';

function terminating(subject: Subject, ...InstanceIds: string[]) {
  return subject.run(subject.ec2.send(new TerminateInstancesCommand({ InstanceIds })));
}

export function terminationChecks({ check, diverging }: Contract): void {
  check('shuts the instance down, and leaves it in the list', async (subject) => {
    const id = await launchId(subject);
    await untilState(subject, id, 'running');
    const answer = await terminating(subject, id);
    expect(answer.TerminatingInstances).toMatchObject([
      { InstanceId: id, PreviousState: { Name: 'running' }, CurrentState: { Name: 'shutting-down' } },
    ]);
    expect((await untilState(subject, id, 'terminated')).State?.Name).toBe('terminated');
  });

  check('may be asked for again', async (subject) => {
    const id = await launchId(subject);
    await terminate(subject, id);
    expect(await outcomeOf(terminating(subject, id))).toBe('accepted');
  });

  check('is refused for an instance that does not exist', async (subject) => {
    const outcome = await outcomeOf(terminating(subject, 'i-0123456789abcdef0'));
    expect(outcome).toBe('InvalidInstanceID.NotFound');
  });

  diverging('termination-frees-given-interface', async (subject) => {
    const { instanceId, interfaceId } = await launchOnInterface(subject);
    await terminate(subject, instanceId);
    return eventually(
      subject,
      () => interfaceStatus(subject, interfaceId),
      (status) => status === 'available',
    );
  });

  diverging('termination-deletes-own-interface', async (subject) => {
    const launched = await launch(subject);
    const eni = present(launched.NetworkInterfaces?.[0]?.NetworkInterfaceId, 'interface id');
    await terminate(subject, present(launched.InstanceId, 'instance id'));
    return eventually(
      subject,
      () => interfaceStatus(subject, eni),
      (status) => status === 'InvalidNetworkInterfaceID.NotFound',
    );
  });

  diverging('terminated-names-interface', async (subject) => {
    const { instanceId } = await launchOnInterface(subject);
    await terminate(subject, instanceId);
    const { NetworkInterfaces = [] } = await instanceOf(subject, instanceId);
    return NetworkInterfaces.length === 0 ? 'none' : 'as before';
  });

  diverging('termination-frees-address', async (subject) => {
    const { instanceId, interfaceId } = await launchOnInterface(subject);
    await associate(subject, { NetworkInterfaceId: interfaceId, AllowReassociation: true });
    await terminate(subject, instanceId);
    const address = await eventually(
      subject,
      () => addressOf(subject, subject.vpc.allocationId),
      ({ AssociationId }) => AssociationId === undefined,
    );
    return address.AssociationId === undefined ? 'on nothing' : 'still on the interface';
  });

  diverging('termination-blackholes-route', async (subject) => {
    const { instanceId, interfaceId } = await launchOnInterface(subject);
    const RouteTableId = subject.vpc.mainRouteTableId;
    const route = { RouteTableId, DestinationCidrBlock: everywhere, NetworkInterfaceId: interfaceId };
    await subject.run(subject.ec2.send(new CreateRouteCommand(route)));
    await terminate(subject, instanceId);
    const [left] = await eventually(
      subject,
      () => defaultRoutes(subject, RouteTableId),
      ([present]) => present?.State === 'blackhole',
    );
    return { points: left?.NetworkInterfaceId === interfaceId, state: left?.State };
  });
}
