import { describe, expect, it } from 'vitest';
import {
  parseCutover,
  parseStoodIn,
  parseUndoneCutovers,
  renderCutover,
  renderStoodIn,
  renderUndoneCutovers,
} from '../../../shared/aws/parse-cutovers.ts';
import { parseAddress } from '../../../shared/aws/parse-network.ts';
import { id } from '../core/a-snapshot.ts';

const at = 1_795_401_703_000;
const one = id('instance', '0123456789abcdef0');
const other = id('instance', '0fedcba9876543210');
const imageId = id('image', '0123456789abcdef0');

describe('the note of a cutover', () => {
  it('is read as it is written', () => {
    expect(parseCutover(renderCutover({ from: one, to: other, at }))).toEqual({ from: one, to: other, at });
  });

  it.each([
    undefined,
    '',
    'i-1',
    `${one} ${other}`,
    `${one} ${other} soon`,
    `${one} ami-1 1`,
    `${one} ${other} 1 2`,
  ])('%j says nothing', (text) => {
    expect(parseCutover(text)).toBeUndefined();
  });
});

describe('the note of a stand-in', () => {
  it('is read as it is written', () => {
    expect(parseStoodIn(renderStoodIn({ by: one, at }))).toEqual({ by: one, at });
  });

  it.each([undefined, '', 'i-1', one, `${one} soon`, `ami-1 1`, `${one} 1 2`])('%j says nothing', (text) => {
    expect(parseStoodIn(text)).toBeUndefined();
  });

  it('belongs to an Elastic IP, and one that says nothing is told', () => {
    const address = (Value: string) =>
      parseAddress({
        AllocationId: 'eipalloc-00000001',
        PublicIp: '203.0.113.1',
        Tags: [{ Key: 'phoenat:stood-in', Value }],
      });

    expect(address(renderStoodIn({ by: one, at }))).toMatchObject({ value: { stoodIn: { by: one, at } } });
    expect(address('odd')).toMatchObject({
      value: { oddTags: [expect.stringContaining('phoenat:stood-in of')] },
    });
  });
});

describe('the note of undone cutovers', () => {
  const entry = { instanceId: one, imageId, specHash: '0123456789abcdef', at };

  it('is read as it is written, three of them, in what a tag holds', () => {
    const text = renderUndoneCutovers([entry, entry, entry, entry]);

    expect(text.length).toBeLessThanOrEqual(256);
    expect(parseUndoneCutovers(text)).toEqual({ undone: [entry, entry, entry], isOdd: false });
  });

  it('leaves out what is no hash, and passes over what it cannot use', () => {
    const text = renderUndoneCutovers([{ ...entry, specHash: 'a b/c' }]);

    expect(parseUndoneCutovers(text).undone).toEqual([{ ...entry, specHash: '' }]);
    expect(parseUndoneCutovers(`odd ${text} ${one}/${imageId}//soon`)).toMatchObject({
      undone: [{ at }],
      isOdd: true,
    });
    expect(parseUndoneCutovers(undefined)).toEqual({ undone: [], isOdd: false });
  });

  it('belongs to an Elastic IP, and one that says nothing is told', () => {
    const address = (cutover: string, undone: string) =>
      parseAddress({
        AllocationId: 'eipalloc-00000001',
        PublicIp: '203.0.113.1',
        Tags: [
          { Key: 'phoenat:cutover', Value: cutover },
          { Key: 'phoenat:undone-cutovers', Value: undone },
        ],
      });

    expect(address(renderCutover({ from: one, to: other, at }), renderUndoneCutovers([entry]))).toMatchObject(
      {
        value: { cutover: { from: one }, undoneCutovers: [entry] },
      },
    );
    expect(address('odd', 'odd')).toMatchObject({
      value: {
        oddTags: [
          expect.stringContaining('phoenat:cutover of'),
          expect.stringContaining('phoenat:undone-cutovers of'),
        ],
      },
    });
  });
});
