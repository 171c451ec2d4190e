import { assertNever } from '../model/assert.ts';
import { quote } from '../model/quote.ts';
import type { Trigger } from '../model/trigger.ts';
import type { TriggerReport } from './report.ts';

/** What woke a run, in words. */
export function triggerReport(trigger: Trigger): TriggerReport {
  const at = new Date(trigger.at).toISOString();
  switch (trigger.kind) {
    case 'look':
      return { kind: trigger.source, detail: 'look at every zone', at };
    case 'instances':
      return {
        kind: trigger.source,
        detail: quote(`${trigger.instanceIds.join(', ')}: ${trigger.detail}`),
        at,
      };
    case 'manual': {
      const { action, zone, immediate, dryRun } = trigger.command;
      const words = [action, zone ?? 'every zone', immediate ? 'immediate' : '', dryRun ? 'dry run' : ''];
      return { kind: 'manual', detail: words.filter((word) => word !== '').join(', '), at };
    }
    default:
      return assertNever(trigger);
  }
}
