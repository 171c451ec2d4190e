import { unzipSync } from 'fflate';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { archive } from '../../../../scripts/release/archive.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const files = [
  { name: 'handler.mjs', content: bytes('export {}') },
  { name: 'chunk-A.mjs', content: bytes('x'.repeat(1_000)) },
];

describe('an archive', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.useRealTimers();
  });

  it('holds its files, packed', () => {
    const packed = archive(files);

    expect(unzipSync(packed)).toEqual({
      'chunk-A.mjs': expect.objectContaining(bytes('x'.repeat(1_000))),
      'handler.mjs': expect.objectContaining(bytes('export {}')),
    });
    expect(packed.length).toBeLessThan(500);
  });

  it('has the same bytes in whatever order, at whatever time and place', () => {
    const before = archive(files);

    vi.useFakeTimers({ now: Date.UTC(2031, 6, 1) });
    vi.stubEnv('TZ', 'Pacific/Auckland');

    expect(Buffer.from(archive(files.toReversed())).equals(Buffer.from(before))).toBe(true);
  });
});
