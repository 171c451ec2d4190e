import type { Settings } from '../core/model/settings.ts';
import { mayStandIn } from '../core/neighbours/stand-in.ts';
import { isWatching } from '../core/neighbours/watch.ts';

/** As the parameter has it; `auto` is `on` where a watch comes to something, and nothing stands against it. */
type Given = Omit<Settings, 'vpcId' | 'watch' | 'unwatched'> & { readonly watch: 'auto' | 'on' | 'off' };

type Chosen = { readonly watch: 'on' | 'off' } & Pick<Settings, 'unwatched'>;

/**
 * A watch finds out within seconds that an instance hangs. That is worth what it costs where another instance can carry the
 * zone by then, and where there are probes: without those, nothing can follow from an alarm.
 */
export function chooseWatch(given: Given): Chosen {
  if (given.watch !== 'auto') {
    return { watch: given.watch };
  }
  const isOfUse = mayStandIn(given) && given.zones.every(({ probe }) => probe !== undefined);
  if (!isOfUse || !isWatching({ ...given, watch: 'on' })) {
    return { watch: 'off' };
  }
  const keys = unshownKeys(given);
  return keys.length === 0 ? { watch: 'on' } : { watch: 'off', unwatched: unwatchedBecause(keys) };
}

/**
 * A watch reads a tag of its instance from the instance's metadata, which shows all tags or none. EC2 then launches nothing
 * with a key that the path of a URL cannot have (EC2 User Guide, "View tags for your EC2 instances using instance metadata").
 */
export function unshownKeys({ tags }: Pick<Settings, 'tags'>): string[] {
  const shown = /^(?!(\.{1,2}|_index)$)[a-zA-Z0-9+\-=.,_:@]+$/;
  return tags.flatMap(({ key }) => (shown.test(key) ? [] : [key]));
}

export const shownKeys = 'letters, digits and + - = . , _ : @ alone';

function unwatchedBecause(keys: readonly string[]): string {
  const names = keys.map((key) => JSON.stringify(key)).join(', ');
  return `Watch=auto has nobody watch: a watch needs tags in the instance metadata, which cannot show ${names} of Tags; an instance that hangs is found by EC2's checks or by failed requests then. Take keys of ${shownKeys}, or set Watch=off, and this is said no more`;
}
