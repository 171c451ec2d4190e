import { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, expect, it } from 'vitest';
import { ec2Commands } from '../../../shared/aws/api.ts';
import { createEc2Caller } from '../../../shared/aws/ec2-caller.ts';
import { observeInUse } from '../../../shared/aws/observe-in-use.ts';
import { VirtualClock } from '../../../simulator/virtual-clock.ts';
import { zoneSettings } from '../core/a-snapshot.ts';

const api = mockClient(EC2Client);
afterAll(() => api.restore());
const ec2 = createEc2Caller({
  role: 'ControllerRole',
  commands: ec2Commands,
  ec2: new EC2Client({ region: 'eu-central-1' }),
  clock: new VirtualClock(0),
  random: () => 0,
  deadline: 60_000,
  cutOff: 60_000,
});

it('reads no more pages of interfaces than have as many addresses as are told, which are no fault', async () => {
  let pages = 0;
  api.on(DescribeNetworkInterfacesCommand).callsFake(() => {
    pages += 1;
    return {
      NetworkInterfaces: [
        {
          PrivateIpAddress: `10.0.1.${pages}`,
          PrivateIpAddresses: [{ PrivateIpAddress: `10.0.1.${pages}` }, { PrivateIpAddress: '10.0.1.99' }],
          Ipv4Prefixes: [{ Ipv4Prefix: '10.0.2.0/28' }],
        },
      ],
      NextToken: 'more',
    };
  });

  const inUse = await observeInUse(ec2, zoneSettings('a').privateSubnetIds);

  expect([pages, inUse.length, inUse.slice(0, 3)]).toEqual([5, 7, ['10.0.1.1', '10.0.1.99', '10.0.2.0/28']]);
});
