import { defineConfig } from 'vitest/config';

/** What tries thousands of cases, or starts processes or threads that load everything anew; `npm run coverage` runs it too. */
const thorough = '**/*.thorough.test.ts';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/{unit,handler,simulator,scenarios}/**/*.test.ts'],
          exclude: [thorough],
          // Half of the CPU time was loading the same modules for each file: the AWS SDK, the simulator.
          isolate: false,
          // No test waits for real time; the limit is for slow machines.
          testTimeout: 60_000,
        },
      },
      {
        test: { name: 'thorough', include: [`test/${thorough}`], isolate: false, testTimeout: 120_000 },
      },
      {
        // Runs the built bundle against a moto server; `npm run test:moto` starts it.
        test: {
          name: 'moto',
          include: ['test/moto/**/*.test.ts'],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // The whole controller and the scenarios once more, their calls recorded; `npm run test:iam` starts it.
        test: {
          name: 'iam',
          include: ['test/{handler,scenarios}/**/*.test.ts'],
          setupFiles: ['test/iam/record-calls.ts'],
          testTimeout: 60_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['functions/**/*.ts', 'shared/**/*.ts', 'infra/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: { 'shared/core/**/*.ts': { statements: 100 } },
    },
  },
});
