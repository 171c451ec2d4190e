import { expect, it } from 'vitest';
import { failureKinds, needsPerson } from '../../../../shared/core/model/failure.ts';

it('three kinds of failure need a person, and only these', () => {
  expect(failureKinds.filter((kind) => needsPerson({ kind }))).toEqual(['permission', 'quota', 'rejected']);
});
