import { describe, expect, it } from 'vitest';
import { tagList } from '../../../shared/config/parse-tags.ts';
import { Problems } from '../../../shared/config/problems.ts';

function parsed(raw: string) {
  const problems = new Problems();
  const tags = tagList.read(raw, 'PHOENAT_TAGS', problems);
  return { tags, found: problems.found };
}

describe('the tags', () => {
  it.each(['', ' '])('are none where %j is given', (raw) => {
    expect(parsed(raw)).toEqual({ tags: [], found: [] });
  });

  it('are keys and values, which may hold what EC2 takes', () => {
    expect(parsed('Team=network, Cost Centre = a=b/c:d@e ,Empty=,Straße=日本,name=x')).toEqual({
      tags: [
        { key: 'Team', value: 'network' },
        { key: 'Cost Centre', value: 'a=b/c:d@e' },
        { key: 'Empty', value: '' },
        { key: 'Straße', value: '日本' },
        { key: 'name', value: 'x' },
      ],
      found: [],
    });
  });

  it('may be as long and as many as EC2 takes beside ours, and no longer and no more', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join(',');

    expect(parsed(`${'🙂'.repeat(128)}=${'🙂'.repeat(256)}`).found).toEqual([]);
    expect(parsed(`${'k'.repeat(129)}=v`).found).toEqual([
      expect.stringContaining('a key of up to 128 characters and a value of up to 256'),
    ]);
    expect(parsed(`k=${'v'.repeat(257)}`).found).toEqual([expect.stringContaining('PHOENAT_TAGS[0]')]);
    expect(parsed(many(40)).found).toEqual([]);
    expect(parsed(many(41)).found).toEqual(['PHOENAT_TAGS: expected at most 40 tags, got "41 tags"']);
  });

  it.each([
    ['Team', 'Key=value, without a comma in either'],
    ['=network', 'Key=value, without a comma in either'],
    ['a=b,,c=d', 'Key=value, without a comma in either'],
    ['aws:team=network', 'a key that is not Name and does not begin with aws: or phoenat:'],
    ['AWS:team=network', 'a key that is not Name and does not begin with aws: or phoenat:'],
    ['phoenat:stack=other', 'a key that is not Name and does not begin with aws: or phoenat:'],
    ['Name=mine', 'a key that is not Name and does not begin with aws: or phoenat:'],
    ['a=b\u0007c', 'a key and a value without control characters'],
    ['a=1,b=2,a=3', 'each key once'],
  ])('are refused as %j, in one sentence that says what is expected', (raw, expected) => {
    const { found } = parsed(raw);

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^PHOENAT_TAGS(\[\d\])?: expected /);
    expect(found[0]).toContain(expected);
  });

  it('are all looked at: one error names each that is wrong', () => {
    expect(parsed('Team,Good=yes,aws:x=y').found).toEqual([
      expect.stringContaining('PHOENAT_TAGS[0]'),
      expect.stringContaining('PHOENAT_TAGS[2]'),
    ]);
  });
});
