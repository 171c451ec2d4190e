import { describe, expect, it } from 'vitest';
import { cacheFolder, imageName } from '../../vm/image.ts';

describe('the cache of images', () => {
  it('is where a variable of its own says, else where the XDG base directories are', () => {
    const home = { HOME: '/home/a' };
    expect(cacheFolder({ ...home, XDG_CACHE_HOME: '/x', PHOENAT_CACHE: '/own' })).toBe('/own');
    expect(cacheFolder({ ...home, XDG_CACHE_HOME: '/x' })).toBe('/x/phoenat');
    expect(cacheFolder({ ...home, XDG_CACHE_HOME: '', PHOENAT_CACHE: '' })).toBe('/home/a/.cache/phoenat');
  });

  it('knows an image by all that it is made from', () => {
    const [one, other] = [
      { name: 'build.sh', content: 'one' },
      { name: 'dnf.sh', content: 'other' },
    ];
    const name = imageName('container', [one, other]);

    expect(name).toMatch(/^container-[0-9a-f]{12}$/);
    expect(imageName('container', [one, other])).toBe(name);
    expect(imageName('container', [one, { ...other, content: 'another' }])).not.toBe(name);
    expect(imageName('container', [one, { ...other, name: 'yum.sh' }])).not.toBe(name);
    expect(imageName('machine', [one, other])).toMatch(/^machine-/);
  });
});
