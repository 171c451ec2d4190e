import { expect, it } from 'vitest';
import { failureKinds, isPassing } from '../../../../shared/core/model/failure.ts';

it('three kinds of failure need a person, and only these', () => {
  expect(failureKinds.filter((kind) => !isPassing(kind))).toEqual(['permission', 'quota', 'rejected']);
});
