import type { HeadAnswer, Lab } from '../network/lab.ts';
import type { HealthAnswer, NatInstance } from '../network/nat-instance.ts';
import type { Section } from '../report.ts';
import type { LabScenario } from './lab-scenario.ts';

const elasticIp = '203.0.113.7';
const natIp = '10.0.0.4';

/** One NAT instance set up by the shipped files: what works, and what must not. */
export const forwarding: LabScenario = {
  name: 'forwarding',
  about: 'a request gets out with the Elastic IP; each way to break that is seen',
  play: async (lab, section) => {
    const nat = await lab.bootNat([natIp]);
    await nat.connect();
    await allow(lab, nat, false);
    await aim(lab, nat);
    await showThatItWorks(lab, section, nat);
    await showFailures(lab, section, nat);
    const again = await lab.head(lab.host('a1'));
    section.check('all mended, it works again', isThrough(again), told(again));
  },
};

async function allow(lab: Lab, nat: NatInstance, check: boolean): Promise<void> {
  const checked = new Map(check ? [[nat.device, nat.addresses]] : []);
  await lab.setPolicy({ elastic: new Map([[elasticIp, natIp]]), checked, dead: new Set() });
}

async function aim(lab: Lab, nat: NatInstance | undefined): Promise<void> {
  const via = nat && { via: { address: natIp, device: nat.device } };
  await lab.router.setRoutes(lab.hosts.map(({ plan }) => ({ plan, ...via })));
}

async function showThatItWorks(lab: Lab, section: Section, nat: NatInstance): Promise<void> {
  const heads = await Promise.all(lab.hosts.map((host) => lab.head(host)));
  for (const [index, head] of heads.entries()) {
    section.check(`curl -I from host ${lab.hosts[index]?.plan.name}`, isThrough(head), told(head));
  }
  const health = await nat.health();
  section.check('the health endpoint says so', health.status === 200, problemsOf(health));
  await nat.configure();
  const after = await lab.head(lab.host('b2'));
  section.check('configure.sh can be run again', isThrough(after), told(after));
}

async function showFailures(lab: Lab, section: Section, nat: NatInstance): Promise<void> {
  const host = lab.host('a1');
  await allow(lab, nat, true);
  const checked = await lab.head(host);
  section.check('source/destination check on: cut', !checked.ok, told(checked));
  await allow(lab, nat, false);

  await aim(lab, undefined);
  const blackholed = await lab.head(host);
  section.check('route blackholed: cut', !blackholed.ok, told(blackholed));
  await aim(lab, nat);

  await nat.setForwarding(false);
  const [still, health] = await Promise.all([lab.head(host), nat.health()]);
  section.check('forwarding off: cut', !still.ok, told(still));
  section.check('the health endpoint sees it', health.status === 503, problemsOf(health));
  await nat.setForwarding(true);
}

function isThrough(answer: HeadAnswer): boolean {
  return answer.ok && answer.status === 200 && answer.seenAddress === elasticIp;
}

function told(answer: HeadAnswer): string {
  return answer.ok ? `${answer.status}, the server saw ${answer.seenAddress}` : answer.why;
}

function problemsOf({ status, body }: HealthAnswer): string {
  return `${status}, problems: ${/"problems": (\[[^\]]*\])/.exec(body)?.[1] ?? body}`;
}
