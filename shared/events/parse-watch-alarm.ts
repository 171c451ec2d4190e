import { parseId, parseZoneName } from '../core/model/ids.ts';
import { quote } from '../core/model/quote.ts';
import type { EpochMs } from '../core/model/time.ts';
import type { Trigger } from '../core/model/trigger.ts';
import { field, textField } from './fields.ts';
import { UnknownEventError } from './unknown-event-error.ts';

/** Of what an instance says of its neighbour so much, at most. */
const maxQuoted = 200;

/**
 * An instance no longer hears its neighbour, or hears that it is broken. Whoever has captured an instance can send this as
 * well: it says whom to look at, and no more.
 */
export function parseWatchAlarm(event: object, at: EpochMs): Trigger {
  const detail = field(event, 'detail');
  const id = parseId('instance', field(detail, 'instance-id'));
  const zone = parseZoneName(field(detail, 'zone'));
  const by = parseId('instance', field(detail, 'by'));
  const seen = textField(detail, 'seen');
  if (id === undefined || zone === undefined || by === undefined || seen === undefined) {
    throw new UnknownEventError(
      `an alarm of a watch with the detail ${quote(JSON.stringify(detail) ?? 'missing', maxQuoted)}; it names "instance-id" and "by" (i-…), "zone", and what was "seen"`,
    );
  }
  return {
    kind: 'instances',
    source: 'watch-alarm',
    instanceIds: [id],
    detail: `${by} says of it in zone ${zone}: ${quote(seen, maxQuoted)}`,
    at,
  };
}
