import { describe, expect, it } from 'vitest';
import { idShape, parseClientToken, parseId, parseZoneName } from '../../../../shared/core/model/ids.ts';

describe('ids', () => {
  it('are accepted in their own shape only', () => {
    expect(parseId('instance', 'i-0123456789abcdef0')).toBe('i-0123456789abcdef0');
    for (const wrong of ['eni-0123456789abcdef0', 'i-xyz', 'i-0123', '', undefined, 7]) {
      expect(parseId('instance', wrong)).toBeUndefined();
    }
    expect([parseZoneName('eu-central-1a'), parseZoneName('A'), parseZoneName('')]).toEqual([
      'eu-central-1a',
      undefined,
      undefined,
    ]);
    expect([
      parseClientToken('x'.repeat(64)),
      parseClientToken('x'.repeat(65)),
      parseClientToken('ä'),
    ]).toEqual(['x'.repeat(64), undefined, undefined]);
    expect(idShape('allocation')).toBe('eipalloc-…');
  });
});
