import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, vi } from 'vitest';
import type { HarnessOptions } from '../../simulator/harness/harness.ts';
import { CallRecorder } from './call-recorder.ts';
import { instanceProfileArn } from './stack-names.ts';

// Before the tests of the whole controller and of the scenarios: every harness that they set up has its calls recorded.
// The tests themselves know nothing of it.

const directory = process.env['PHOENAT_RECORDED_CALLS'];
if (directory === undefined)
  throw new Error('PHOENAT_RECORDED_CALLS names no directory: use npm run test:iam');
const file = join(directory, `${process.env['VITEST_POOL_ID'] ?? '0'}-${process.pid}.jsonl`);
const recorder = new CallRecorder();

vi.mock(import('../../simulator/harness/harness.ts'), async (importOriginal) => {
  const original = await importOriginal();
  class RecordedStage extends original.Harness {
    constructor(options: HarnessOptions = {}) {
      // The template always gives the instances a role; the tests mostly do without.
      super({ ...options, settings: { instanceProfileArn, ...options.settings } });
      recorder.record(this);
    }
  }
  return { ...original, Harness: RecordedStage };
});

afterEach(() => {
  const test = expect.getState().currentTestName ?? 'a test';
  for (const call of recorder.take(test)) {
    appendFileSync(file, `${JSON.stringify(call)}\n`);
  }
});
