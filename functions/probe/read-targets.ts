import type { Environment } from '../../shared/config/environment.ts';
import { domainNames, egressRules } from '../../shared/config/parse-egress.ts';
import { chooseTargets, probeTargets } from '../../shared/config/parse-probe-targets.ts';
import { Problems, SettingsError } from '../../shared/config/problems.ts';

/** What the probe asks, from its environment. Throws `SettingsError`: the deployment has refused that before. */
export function readTargets(env: Environment): readonly string[] {
  const problems = new Problems();
  const read = <T>(takes: { read: (raw: string, path: string, problems: Problems) => T }, variable: string) =>
    takes.read(env[variable] ?? '', variable, problems);
  const given = read(probeTargets, 'PHOENAT_PROBE_TARGETS');
  const allowedDomains = read(domainNames, 'PHOENAT_ALLOWED_DOMAINS');
  const allowList = read(egressRules, 'PHOENAT_EGRESS_ALLOW_LIST');
  if (problems.found.length > 0) {
    throw new SettingsError(problems.found);
  }
  return chooseTargets(given, { allowList, allowedDomains });
}
