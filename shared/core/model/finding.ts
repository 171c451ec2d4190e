/**
 * Everything that Phoenat has to say about a zone, as a closed list: each code reaches the report, the log and the
 * command line with a sentence that names the resource and, where there is one, the fix.
 */
export type Finding = { readonly code: FindingCode; readonly detail: string };

export type FindingCode =
  /** Something could not be read; nothing is done on the strength of it. */
  | 'unreadable'
  // Preflight: the configuration and the account do not fit together. Nothing is changed in the zone.
  | 'subnet-missing'
  | 'subnet-in-other-vpc'
  | 'subnet-of-another-account'
  | 'place-unfit'
  | 'public-subnet-without-internet'
  | 'private-table-missing'
  | 'private-table-is-public'
  | 'private-table-shared'
  | 'private-route-protected'
  | 'address-missing'
  | 'address-foreign'
  // Faults of the zone's egress.
  | 'public-access-blocked'
  | 'default-route-overridden'
  | 'no-primary'
  | 'starting'
  | 'instance-ended'
  /** A tag of ours tells nothing, or cannot be true: it is passed over. */
  | 'odd-tag'
  /** The same step fails in the same way again and again. */
  | 'keeps-failing'
  /** The plan would take a step that no plan may take: a mistake of ours. */
  | 'plan-withheld'
  /** A private route table serves subnets that no zone names. */
  | 'serves-others'
  /** The zone's Elastic IP was allocated by another Phoenat stack, and is released with that one. */
  | 'address-of-another-stack'
  /** It holds packets up, or its connection table is nearly full. */
  | 'instance-too-small'
  /** Its rules could not be loaded before it had nft, as they are meant to be. */
  | 'rules-late'
  /** The kernel's flow table is asked for, and the instance forwards without. */
  | 'no-flow-table'
  | 'clients-not-asked'
  /** Nobody keeps its rules and settings as its boot made them. */
  | 'unguarded'
  /** EC2 has no second private address for the instance, which can then stand in for no other zone. */
  | 'no-second-address'
  /** No network interface is kept for the next failover: EC2 has no room for one, or somebody takes each away. */
  | 'no-spare-interface'
  /** It was told of other subnets than the other zones have now, and can stand in for none of them. */
  | 'told-otherwise'
  /** Instances were to watch each other, and cannot. */
  | 'not-watched'
  /** The outside sees requests of the zone under another address than its Elastic IP. */
  | 'address-not-seen'
  /** Packets pass, and names have no addresses: not for the NAT to mend. */
  | 'names-unresolved'
  | 'status-impaired'
  /** No packet passes through the primary: it is replaced. */
  | 'does-not-forward'
  /** No packet passes, and not because of the instance: nothing is launched or moved for it. */
  | 'upstream-trouble'
  | 'source-dest-check-on'
  | 'groups-changed'
  /** Put back again and again: somebody else changes them. */
  | 'groups-contended'
  | 'address-elsewhere'
  /** The zone's traffic is with a neighbouring zone's instance, at the zone's own public address. */
  | 'stood-in'
  /** The primary carries a neighbouring zone too: nothing planned is done to it meanwhile. */
  | 'stands-in'
  | 'route-missing'
  | 'route-blackhole'
  | 'route-elsewhere'
  | 'not-yet-taken-over'
  | 'route-of-another-stack'
  | 'route-contended'
  /** Nothing passed through the instance that had taken it over: the route is back where it was. */
  | 'takeover-undone'
  /** Nothing passed through the instance that had replaced another: the traffic is back on that one. */
  | 'cutover-undone'
  // Why a working primary is to be replaced.
  | 'replacement-requested'
  | 'retirement-scheduled'
  /** It is shut down, and forwards until its successor does. */
  | 'hands-over'
  | 'spec-changed'
  | 'too-old'
  // What its boot has said of a new instance, which EC2's status checks do not tell.
  | 'boot-failed'
  | 'boot-unheard'
  /** A candidate was given up when the ready time-out was over, or powered itself off. */
  | 'not-ready-in-time'
  /** EC2 denies the status checks: no instance is known to be impaired or ready. */
  | 'checks-unread'
  /** EC2 has refused to move the traffic to the new instance, and is asked again later. */
  | 'move-refused'
  // What keeps a launch from happening.
  | 'images-unread'
  | 'image-not-found'
  | 'image-fallback'
  /** Instances end one after the other, and no image is known to have worked. */
  | 'images-fail'
  | 'no-instance-type-left'
  | 'breaker-open'
  | 'backing-off'
  /** A launch that EC2 does not list yet: another one may be one too many. */
  | 'launch-unlisted'
  /** Spot is wanted, and the launch is on demand: EC2 has none to give, or it would not be wise. */
  | 'on-demand-instead'
  | 'all-zones-suspect'
  | 'another-zone-first'
  // The rest.
  | 'paused'
  | 'nothing-to-restore'
  /** A restore was asked for, and the look after it shows something else. */
  | 'not-seen-restored'
  | 'rebuild-refused'
  | 'step-failed';

export function finding(code: FindingCode, detail: string): Finding {
  return { code, detail };
}

/** It keeps a zone from being repaired: a person should know of it. */
export const seriousCodes: ReadonlySet<FindingCode> = new Set([
  'public-access-blocked',
  'default-route-overridden',
  'upstream-trouble',
  'names-unresolved',
  'checks-unread',
  'images-unread',
  'image-not-found',
  'images-fail',
  'no-instance-type-left',
  'breaker-open',
  'not-ready-in-time',
  'boot-failed',
  'nothing-to-restore',
  'not-seen-restored',
  'rebuild-refused',
  'route-of-another-stack',
  'route-contended',
  'groups-contended',
  'takeover-undone',
  'move-refused',
  'cutover-undone',
  'keeps-failing',
  'plan-withheld',
  'step-failed',
]);

export function isSerious({ code }: Pick<Finding, 'code'>): boolean {
  return seriousCodes.has(code);
}
