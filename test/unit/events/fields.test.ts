import { describe, expect, it } from 'vitest';
import { field, textField } from '../../../shared/events/fields.ts';

describe('a field of a document', () => {
  it('is one that the document has itself', () => {
    expect(field({ detail: 1 }, 'detail')).toBe(1);
    expect(field({}, 'toString')).toBeUndefined();
    expect(textField(JSON.parse('{"__proto__": {"detail": "x"}}'), 'detail')).toBeUndefined();
  });

  it.each([[null], ['text'], [7], [['detail']], [undefined]])('is none of %j', (document) => {
    expect(field(document, 'detail')).toBeUndefined();
  });
});
