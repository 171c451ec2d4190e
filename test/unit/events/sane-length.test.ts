import { describe, expect, it } from 'vitest';
import { classify } from '../../../shared/aws/errors.ts';
import { parseTrigger } from '../../../shared/events/parse-trigger.ts';

const megabyte = 'x'.repeat(1_000_000);

describe('a megabyte in', () => {
  it('is a few lines out, in a refusal', () => {
    for (const event of [
      { action: megabyte },
      { action: 'status', [megabyte]: 1 },
      { source: megabyte, 'detail-type': 'x' },
      { action: 'status', zone: megabyte },
      { action: 'status', dryRun: megabyte },
    ]) {
      expect(() => parseTrigger(event, 0)).toThrow(/^.{1,600}$|^received .{1,600}\. Understood/s);
      expect(() => parseTrigger(event, 0)).not.toThrow(/x{600}/);
    }
  });

  it("is a few lines out, in EC2's message", () => {
    const failure = classify(
      { name: megabyte, message: megabyte },
      { call: 'RunInstances', role: 'ControllerRole' },
    );

    expect([failure.code.length, failure.message.length]).toEqual([122, 522]);
    expect(classify(megabyte, { call: 'RunInstances', role: 'ControllerRole' }).message).toHaveLength(522);
  });
});
