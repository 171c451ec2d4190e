/**
 * What a NAT instance puts on the account's default event bus where it no longer hears its neighbour. IAM lets it put this
 * and nothing else, and the template's rule listens for this (infra/nat-instance/watch.py, template.yaml).
 */
export const watchEvent = { source: 'phoenat.watch', detailType: 'NAT instance suspected' } as const;
