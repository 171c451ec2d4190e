import { addAddress } from '../../simulator/bystanders.ts';
import { defineEc2Contract } from '../contract/ec2-contract.ts';
import { present } from '../contract/subject.ts';
import { arm64Image, consistent, setUp } from './rig.ts';

defineEc2Contract('simulator', async () => {
  const { clock, sim, topology, zone, ec2, run } = setUp(consistent, {
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
      vpcId: topology.vpcId,
      availabilityZone: zone.name,
      internetGatewayId: topology.internetGatewayId,
      natGatewayId: present(zone.natGatewayId, 'NAT gateway'),
      publicSubnetId: zone.publicSubnetId,
      publicRouteTableId: zone.publicRouteTableId,
      privateSubnetId: present(zone.privateSubnetIds[0], 'private subnet'),
      privateRouteTableId: present(zone.privateRouteTableIds[0], 'private route table'),
      mainRouteTableId: topology.mainRouteTableId,
      securityGroupId: topology.securityGroupId,
      allocationId: zone.allocationId,
      otherAllocationId: addAddress(sim),
      imageId: present(topology.imageIds[arm64Image], 'image'),
    },
  };
});
