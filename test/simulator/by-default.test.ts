import { expect, it } from 'vitest';
import { byDefault } from '../../simulator/harness/by-default.ts';
import type { HarnessOptions } from '../../simulator/harness/harness.ts';

it.each<[string, HarnessOptions, string, string]>([
  ['two zones', { probe: 'on' }, 'on', 'on'],
  ['two zones without probes', { probe: 'off' }, 'on', 'off'],
  ['one zone', { probe: 'on', vpc: { zones: 1 } }, 'on', 'off'],
  [
    'two zones with a tag that no metadata shows',
    { probe: 'on', settings: { tags: [{ key: 'Cost Centre', value: '1' }] } },
    'on',
    'off',
  ],
])('of %s, what parameters that nobody has given come to', (_case, options, standIn, watch) => {
  expect(byDefault(options)).toMatchObject({ standIn, watch });
});
