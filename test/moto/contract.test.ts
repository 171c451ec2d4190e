import { EC2Client } from '@aws-sdk/client-ec2';
import { defineEc2Contract } from '../contract/ec2-contract.ts';
import { present } from '../contract/subject.ts';
import { motoEndpoint } from './endpoint.ts';
import { allocateAddress, amazonLinuxImage, createVpc, createZone } from './moto-vpc.ts';

const ec2 = new EC2Client({ endpoint: motoEndpoint(process.env['AWS_ENDPOINT_URL']) });
const imageId = await amazonLinuxImage(ec2);
let checks = 0;

defineEc2Contract('moto', async () => {
  checks += 1;
  const vpc = await createVpc(ec2);
  const zone = await createZone(ec2, vpc, { letter: 'a', natGateway: true });
  return {
    ec2,
    stack: `contract-${checks}`,
    vpc: {
      ...vpc,
      ...zone,
      natGatewayId: present(zone.natGatewayId, 'NAT gateway'),
      otherAllocationId: await allocateAddress(ec2),
      imageId,
    },
    run: (answer) => answer,
    // In moto everything has happened when the answer comes, and nothing happens afterwards.
    pass: () => Promise.resolve(),
  };
});
