import { type Finding, finding } from '../model/finding.ts';
import { isDenied } from '../model/observed.ts';
import type { InstanceStatus, NatInstance } from '../model/snapshot.ts';
import type { ZoneView } from './zone-view.ts';

/** Running, and EC2's system and instance checks pass. Not known to pass is not passed. */
export function passesChecks(view: ZoneView, instance: NatInstance): boolean {
  const status = knownStatus(view, instance);
  return instance.state === 'running' && status?.system === 'ok' && status.instance === 'ok';
}

export function isImpaired(view: ZoneView, instance: NatInstance): boolean {
  const status = knownStatus(view, instance);
  return status !== undefined && failingChecks(status).length > 0;
}

/** Without its host or its network it forwards nothing; with a volume in trouble it may well. */
export function isCutOff(view: ZoneView, instance: NatInstance): boolean {
  const status = knownStatus(view, instance);
  return status?.system === 'impaired' || status?.instance === 'impaired';
}

/**
 * EC2 refuses to tell, and will until a person has changed the role: in this run no instance gets ready, however long one
 * waits. Where the zone has a probe, it may still hear that from the instance itself.
 */
export function areChecksDenied(view: ZoneView, instance: NatInstance): boolean {
  return view.readings === undefined && isDenied(view.statusOf(instance.id));
}

export function deniedChecksFindings(view: ZoneView, instance: NatInstance | undefined): Finding[] {
  const status = instance?.state === 'running' ? view.statusOf(instance.id) : undefined;
  return status === undefined || status.known || !isDenied(status)
    ? []
    : [
        finding(
          'checks-unread',
          `${status.detail}; until then EC2 does not tell whether an instance of zone ${view.zone.name} is impaired or ready`,
        ),
      ];
}

/** EC2's three checks: `system` is the host, `instance` the guest's network, `attachedEbs` its volumes. */
export function failingChecks(status: InstanceStatus): string[] {
  const checks = { system: status.system, instance: status.instance, 'attached EBS': status.attachedEbs };
  return Object.entries(checks).flatMap(([name, result]) => (result === 'impaired' ? [name] : []));
}

export function knownStatus(view: ZoneView, instance: NatInstance): InstanceStatus | undefined {
  const status = view.statusOf(instance.id);
  return status.known ? status.value : undefined;
}
