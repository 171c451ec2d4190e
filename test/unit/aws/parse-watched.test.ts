import { describe, expect, it } from 'vitest';
import { parseWatched, renderWatched } from '../../../shared/aws/parse-watched.ts';
import { id, zoneName } from '../core/a-snapshot.ts';

const watched = { zone: zoneName('b'), instanceId: id('instance', 'b1'), privateIp: '10.0.1.5' };

describe('the tag that says whom an instance watches', () => {
  it('is read as it was written', () => {
    expect(parseWatched(renderWatched(watched))).toEqual(watched);
  });

  it('is read whatever addresses the VPC has, which need not be private ones', () => {
    const elsewhere = { ...watched, privateIp: '11.5.1.4' };

    expect(parseWatched(renderWatched(elsewhere))).toEqual(elsewhere);
  });

  it.each([
    undefined,
    '',
    'b',
    'b i-0123456789abcdef0',
    'b i-0123456789abcdef0 nowhere',
    'b i-0123456789abcdef0 10.0.1.256',
    'b eni-0123456789abcdef0 10.0.1.5',
    'b i-0123456789abcdef0 10.0.1.5 and more',
  ])('names nobody where it is %j', (raw) => {
    expect(parseWatched(raw)).toBeUndefined();
  });
});
