/** Where everything lies: one NAT instance, one client in a private subnet, and the internet behind a gateway. */
export const vpc = {
  cidr: '10.0.0.0/16',
  router: '10.0.0.1',
  resolver: '10.0.0.2',
  nat: '10.0.0.10',
  clientRouter: '10.0.100.1',
  client: '10.0.100.10',
  metadata: '169.254.169.254',
} as const;

/** The instance's Elastic IP (RFC 5737, documentation). */
export const publicIp = '203.0.113.7';

export const natMac = '02:00:0a:00:00:0a';

/** The rest of the internet: everything in it is on one link. */
export const internet = {
  gateway: '192.0.2.1',
  web: '192.0.2.10',
  otherWeb: '192.0.2.11',
  /** Answers as `web` does, for names that no list allows. */
  elsewhere: '192.0.2.30',
  /** Serves what the stand-in for dnf installs. */
  packages: '192.0.2.40',
  /** Takes the packets of the meter: nothing answers. */
  meter: '192.0.2.50',
} as const;

/** By suffix, as the VPC's resolver answers; there is no other name. */
export const names: Readonly<Record<string, string>> = {
  'example.com': internet.web,
  'example.net': internet.otherWeb,
  'example.org': internet.elsewhere,
  // Where the instance asks whether it gets out itself.
  'amazonaws.com': internet.web,
  'amazon.com': internet.web,
};
