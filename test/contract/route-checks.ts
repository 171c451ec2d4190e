import { CreateRouteCommand, DeleteRouteCommand, ReplaceRouteCommand } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import { createInterfaceId, defaultRoutes, everywhere, launchOnInterface, tableOf } from './asking.ts';
import type { Contract } from './contract.ts';
import { outcomeOf, type Subject } from './subject.ts';

type Target = { NetworkInterfaceId?: string; InstanceId?: string; NatGatewayId?: string };

function create(subject: Subject, target: Target, RouteTableId = subject.vpc.mainRouteTableId) {
  const input = { RouteTableId, DestinationCidrBlock: everywhere, ...target };
  return subject.run(subject.ec2.send(new CreateRouteCommand(input)));
}

function replace(subject: Subject, target: Target, RouteTableId = subject.vpc.privateRouteTableId) {
  const input = { RouteTableId, DestinationCidrBlock: everywhere, ...target };
  return subject.run(subject.ec2.send(new ReplaceRouteCommand(input)));
}

function remove(subject: Subject, RouteTableId = subject.vpc.privateRouteTableId) {
  const input = { RouteTableId, DestinationCidrBlock: everywhere };
  return subject.run(subject.ec2.send(new DeleteRouteCommand(input)));
}

export function routeChecks(contract: Contract): void {
  changes(contract);
  removals(contract);
  refusals(contract);
  unknownIds(contract);
}

function changes({ check, diverging }: Contract): void {
  check('are made to an interface', async (subject) => {
    const eni = await createInterfaceId(subject);
    await create(subject, { NetworkInterfaceId: eni });
    const routes = await defaultRoutes(subject, subject.vpc.mainRouteTableId);
    expect(routes).toMatchObject([{ NetworkInterfaceId: eni, Origin: 'CreateRoute' }]);
  });

  check('are turned from the NAT gateway to an interface, and back', async (subject) => {
    const { natGatewayId, privateRouteTableId } = subject.vpc;
    const eni = await createInterfaceId(subject);
    await replace(subject, { NetworkInterfaceId: eni });
    const turned = await defaultRoutes(subject, privateRouteTableId);
    expect(turned).toMatchObject([{ NetworkInterfaceId: eni }]);
    expect(turned[0]?.NatGatewayId).toBeUndefined();
    await replace(subject, { NatGatewayId: natGatewayId });
    const back = await defaultRoutes(subject, privateRouteTableId);
    expect(back).toMatchObject([{ NatGatewayId: natGatewayId, State: 'active' }]);
    expect(back[0]?.NetworkInterfaceId).toBeUndefined();
  });

  check('to a running instance are active', async (subject) => {
    const { interfaceId } = await launchOnInterface(subject);
    await replace(subject, { NetworkInterfaceId: interfaceId });
    const routes = await defaultRoutes(subject, subject.vpc.privateRouteTableId);
    expect(routes).toMatchObject([{ NetworkInterfaceId: interfaceId, State: 'active' }]);
  });

  check('leave the local route alone', async (subject) => {
    const local = async () => {
      const { Routes } = await tableOf(subject, subject.vpc.privateRouteTableId);
      return Routes?.filter((route) => route.GatewayId === 'local');
    };
    const before = await local();
    await replace(subject, { NetworkInterfaceId: await createInterfaceId(subject) });
    expect(await local()).toEqual(before);
    expect(before).toMatchObject([{ Origin: 'CreateRouteTable', State: 'active' }]);
  });

  diverging('interface-route-names-instance', async (subject) => {
    const { instanceId, interfaceId } = await launchOnInterface(subject);
    await replace(subject, { NetworkInterfaceId: interfaceId });
    const [route] = await defaultRoutes(subject, subject.vpc.privateRouteTableId);
    return route?.InstanceId === instanceId ? 'both' : 'the interface only';
  });

  diverging('instance-route-names-interface', async (subject) => {
    const { instanceId, interfaceId } = await launchOnInterface(subject);
    await replace(subject, { InstanceId: instanceId });
    const [route] = await defaultRoutes(subject, subject.vpc.privateRouteTableId);
    return route?.NetworkInterfaceId === interfaceId ? 'both' : 'the instance only';
  });
}

function removals({ check }: Contract): void {
  check('are deleted, and leave the others', async (subject) => {
    const { privateRouteTableId } = subject.vpc;
    await remove(subject);
    const { Routes } = await tableOf(subject, privateRouteTableId);
    expect(Routes?.map((route) => route.GatewayId)).toEqual(['local']);
  });

  check('in a table that does not exist cannot be deleted', async (subject) => {
    expect(await outcomeOf(remove(subject, 'rtb-0123456789abcdef0'))).toBe('InvalidRouteTableID.NotFound');
  });

  check('that are not there cannot be deleted', async (subject) => {
    expect(await outcomeOf(remove(subject, subject.vpc.mainRouteTableId))).toBe('InvalidRoute.NotFound');
  });
}

function refusals({ check, diverging }: Contract): void {
  check('that are not there cannot be replaced', async (subject) => {
    const eni = await createInterfaceId(subject);
    const replacing = replace(subject, { NetworkInterfaceId: eni }, subject.vpc.mainRouteTableId);
    await expect(replacing).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: `There is no route defined for '${everywhere}' in the route table. Use CreateRoute instead.`,
    });
    expect(await defaultRoutes(subject, subject.vpc.mainRouteTableId)).toEqual([]);
  });

  check('to an instance cannot be made where there is one', async (subject) => {
    const { instanceId } = await launchOnInterface(subject);
    const creating = create(subject, { InstanceId: instanceId }, subject.vpc.privateRouteTableId);
    expect(await outcomeOf(creating)).toBe('RouteAlreadyExists');
  });

  diverging('create-route-twice', async (subject) => {
    const { privateRouteTableId, natGatewayId } = subject.vpc;
    const NetworkInterfaceId = await createInterfaceId(subject);
    const outcome = await outcomeOf(create(subject, { NetworkInterfaceId }, privateRouteTableId));
    const [route] = await defaultRoutes(subject, privateRouteTableId);
    return { outcome, route: route?.NatGatewayId === natGatewayId ? 'as before' : 'overwritten' };
  });
}

function unknownIds({ check, diverging }: Contract): void {
  check('in a table that does not exist are refused', async (subject) => {
    const NetworkInterfaceId = await createInterfaceId(subject);
    const table = 'rtb-0123456789abcdef0';
    const code = 'InvalidRouteTableID.NotFound';
    expect(await outcomeOf(create(subject, { NetworkInterfaceId }, table))).toBe(code);
    expect(await outcomeOf(replace(subject, { NetworkInterfaceId }, table))).toBe(code);
  });

  check('to an interface that does not exist are refused', async (subject) => {
    const NetworkInterfaceId = 'eni-0123456789abcdef0';
    const code = 'InvalidNetworkInterfaceID.NotFound';
    expect(await outcomeOf(create(subject, { NetworkInterfaceId }))).toBe(code);
    expect(await outcomeOf(replace(subject, { NetworkInterfaceId }))).toBe(code);
  });

  check('to an instance that does not exist are refused', async (subject) => {
    const InstanceId = 'i-0123456789abcdef0';
    expect(await outcomeOf(replace(subject, { InstanceId }))).toBe('InvalidInstanceID.NotFound');
  });

  diverging('route-to-unknown-nat-gateway', async (subject) => {
    return outcomeOf(replace(subject, { NatGatewayId: 'nat-0123456789abcdef0' }));
  });
}
