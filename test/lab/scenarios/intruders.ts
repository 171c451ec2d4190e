import { hostIp, service } from '../network/address-plan.ts';
import type { Host, Lab } from '../network/lab.ts';
import { attemptIn, configure, readCounter, runIn } from '../network/namespaces.ts';
import type { NatInstance } from '../network/nat-instance.ts';
import type { Section } from '../report.ts';
import type { LabScenario } from './lab-scenario.ts';

const elasticIp = '203.0.113.7';
const natIp = '10.0.0.4';
const foreignIp = '172.16.5.5';
const knockedPorts = [22, 80, 443, 8765, 40_000];

/** Nothing comes in that nobody inside asked for, and nothing goes out under a false name. */
export const intruders: LabScenario = {
  name: 'intruders',
  about: 'unsolicited packets, spoofed sources, ports that are not allowed',
  play: async (lab, section) => {
    const nat = await lab.bootNat([natIp]);
    await nat.connect();
    await lab.router.setRoutes(
      lab.hosts.map(({ plan }) => ({ plan, via: { address: natIp, device: nat.device } })),
    );
    const host = lab.host('a1');
    // The host's own source/destination check is off, so that it is the NAT that has to notice.
    await lab.setPolicy({ elastic: new Map([[elasticIp, natIp]]), checked: new Map(), dead: new Set() }, [
      host.plan.name,
    ]);
    await showIncoming(lab, section, host, nat);
    await showOutgoing(lab, section, host, nat);
  },
};

async function showIncoming(lab: Lab, section: Section, host: Host, nat: NatInstance): Promise<void> {
  await runIn(host.namespace, ['nft', '-f', '-'], arrivalRules);
  const count = async () => ({
    atHost: await readCounter(host.namespace, 'arrived'),
    answers: await lab.internet.arrived(),
    knocked: await readCounter(nat.namespace, 'knocked', 'phoenat'),
  });
  const atFirst = await count();
  await lab.head(host);
  const asked = await count();
  section.check(
    'what a host asks for is answered, and the counters see it',
    asked.atHost > atFirst.atHost && asked.answers > atFirst.answers,
    `${asked.atHost - atFirst.atHost} packets at the host, ${asked.answers - atFirst.answers} at the server`,
  );
  await Promise.all(knockedPorts.flatMap((port) => ['tcp', 'udp'].map((kind) => knock(lab, kind, port))));
  const after = await count();
  const [arrived, answered] = [after.atHost - asked.atHost, after.answers - asked.answers];
  const knocks = after.knocked - asked.knocked;
  section.check(
    'SYN and UDP to the Elastic IP reach the NAT',
    knocks >= 2 * knockedPorts.length,
    `${knocks} packets`,
  );
  section.check('none of them reaches a private host', arrived === 0, `${arrived} packets`);
  section.check('none of them is answered', answered === 0, `${answered} packets`);
}

async function knock(lab: Lab, kind: string, port: number): Promise<void> {
  const script = `echo knock >/dev/${kind}/${elasticIp}/${port}`;
  await attemptIn(lab.internet.namespace, ['timeout', '1.5', 'bash', '-c', script]);
}

async function showOutgoing(lab: Lab, section: Section, host: Host, nat: NatInstance): Promise<void> {
  await configure(host.namespace, [`addr add ${foreignIp}/32 dev eth0`]);
  const sent = async (source: string, port: number) => {
    const before = await lab.internet.trapped();
    const options = ['--silent', '--interface', source, '--max-time', '1.5'];
    await attemptIn(host.namespace, ['curl', ...options, `http://${service.trap}:${port}/`]);
    return (await lab.internet.trapped()) - before;
  };
  const own = await sent(hostIp(host.plan), 443);
  section.check("a host's own source address goes out", own > 0, `${own} packets`);
  const foreign = await sent(foreignIp, 443);
  const dropped = await readCounter(nat.namespace, 'spoofed', 'phoenat');
  const figure = `${foreign} packets out, ${dropped} dropped by the NAT`;
  section.check('a source outside the client CIDRs does not', foreign === 0 && dropped > 0, figure);
  const refused = await sent(hostIp(host.plan), 8443);
  section.check('a port outside the egress list does not', refused === 0, `${refused} packets`);
}

const arrivalRules = `table ip lab {
  counter arrived { }
  chain count {
    type filter hook prerouting priority raw; policy accept;
    iifname "eth0" counter name arrived
  }
}
`;
