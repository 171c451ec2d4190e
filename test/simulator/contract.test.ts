import { addAddress } from '../../simulator/bystanders.ts';
import { defineEc2Contract } from '../contract/ec2-contract.ts';
import { present } from '../contract/subject.ts';
import { arm64Image, consistent, setUp } from './rig.ts';

defineEc2Contract('simulator', async () => {
  const { clock, sim, world, zone, ec2, run } = setUp(consistent, {
    zones: 1,
    privateSubnetsPerZone: 1,
    natGateways: true,
  });
  return {
    ec2,
    run,
    pass: (durationMs) => clock.runFor(durationMs),
    stack: 'contract',
    vpc: {
      vpcId: world.vpcId,
      availabilityZone: zone.name,
      internetGatewayId: world.internetGatewayId,
      natGatewayId: present(zone.natGatewayId, 'NAT gateway'),
      publicSubnetId: zone.publicSubnetId,
      publicRouteTableId: zone.publicRouteTableId,
      privateSubnetId: present(zone.privateSubnetIds[0], 'private subnet'),
      privateRouteTableId: present(zone.privateRouteTableIds[0], 'private route table'),
      mainRouteTableId: world.mainRouteTableId,
      securityGroupId: world.securityGroupId,
      allocationId: zone.allocationId,
      otherAllocationId: addAddress(sim),
      imageId: present(world.imageIds[arm64Image], 'image'),
    },
  };
});
