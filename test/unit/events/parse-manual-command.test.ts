import { describe, expect, it } from 'vitest';
import { parseManualCommand } from '../../../shared/events/parse-manual-command.ts';
import { UnknownCommandError } from '../../../shared/events/unknown-command-error.ts';

describe('a manual command', () => {
  it.each([
    [{ action: 'status' }, { action: 'status', immediate: false, dryRun: false }],
    [
      { action: 'rebuild', zone: 'a', immediate: true, dryRun: true },
      { action: 'rebuild', zone: 'a', immediate: true, dryRun: true },
    ],
    [
      { action: 'pause', zone: 'a', immediate: false },
      { action: 'pause', zone: 'a', immediate: false, dryRun: false },
    ],
    [{ action: 'resume' }, { action: 'resume', immediate: false, dryRun: false }],
    [
      { action: 'restore', dryRun: true },
      { action: 'restore', immediate: false, dryRun: true },
    ],
  ])('%j', (event, command) => {
    expect(parseManualCommand(event)).toEqual(command);
  });

  it.each([
    [{ action: 'reboot' }, /there is no action "reboot"; the actions are status, rebuild/],
    [{ action: 'rebuild', dryrun: true }, /a command with dryrun; its fields are/],
    [{ action: 'rebuild', immediate: 'yes' }, /"immediate" as "yes"; it is true or false/],
    [{ action: 'pause', immediate: true }, /"immediate" with action pause/],
    [{ action: 'rebuild', zone: 7 }, /zone 7, which is not a zone name/],
    [{ action: 'rebuild', zone: 'Zone A' }, /zone "Zone A", which is not a zone name/],
    [{ action: 'rebuild', zone: null }, /zone null, which is not a zone name/],
    [{ action: 'rebuild', zone: '' }, /zone "", which is not a zone name/],
    [{ action: 'rebuild', dryRun: 1 }, /"dryRun" as 1; it is true or false/],
    [{ action: 'rebuild', dryRun: null }, /"dryRun" as null; it is true or false/],
    [{ action: 'status', immediate: true }, /"immediate" with action status; it is valid only with rebuild/],
    [
      { action: 'status', Zone: 'a', now: true },
      /a command with Zone, now; its fields are action, zone, immediate, dryRun/,
    ],
    [{ action: null }, /no action null/],
    [{ action: 'Rebuild' }, /no action "Rebuild"/],
    [{ action: ['rebuild'] }, /no action \["rebuild"\]/],
  ])('%j is refused', (event, message) => {
    expect(() => parseManualCommand(event)).toThrow(UnknownCommandError);
    expect(() => parseManualCommand(event)).toThrow(message);
  });
});
