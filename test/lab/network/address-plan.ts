/** Where everything lies. The VPC's numbers are those of the simulated topology (simulator/topology.ts). */
export const vpcCidr = '10.0.0.0/16';

/** What Elastic IPs and other public addresses of the VPC come from (RFC 5737, documentation). */
export const publicPools = ['203.0.113.0/24', '198.51.100.0/24'];

/** The rest of the internet: everything in it is on one link behind the internet gateway. */
export const internetGatewayIp = '192.0.2.1';

/** Each service has an address of its own, so that all of them listen on a port that the NAT lets out by default. */
export const service = {
  web: '192.0.2.10',
  echo: '192.0.2.20',
  download: '192.0.2.21',
  upload: '192.0.2.22',
  /** For the table of connections: it tells first which port it sees. */
  held: '192.0.2.23',
  /** EventBridge, for what the instances' watches tell. */
  events: '192.0.2.25',
  /** Nothing listens there: packets to it are counted. */
  trap: '192.0.2.30',
} as const;

export const servicePort = 443;

/** The names in the web server's certificate. */
export const webNames = ['www.example.com', 'api.example.com', 'www.example.net', 'www.example.org'];

export type HostPlan = {
  /** For example a1: the first private subnet of zone a. */
  readonly name: string;
  readonly zone: string;
  /** The third number of the subnet's addresses. */
  readonly third: number;
};

/** Two zones with two private subnets each, and one host in every subnet. */
export const hostPlans: readonly HostPlan[] = [
  { name: 'a1', zone: 'a', third: 100 },
  { name: 'a2', zone: 'a', third: 101 },
  { name: 'b1', zone: 'b', third: 120 },
  { name: 'b2', zone: 'b', third: 121 },
];

export function hostIp({ third }: HostPlan): string {
  return `10.0.${third}.10`;
}

/** What the VPC router answers to in the subnet of an address. */
export function routerIpFor(address: string): string {
  return address.replace(/\.\d+$/, '.1');
}
