import { readFileSync } from 'node:fs';
import type { Image as SdkImage } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { parseImage } from '../../../shared/aws/parse-image.ts';
import { parseId } from '../../../shared/core/ids.ts';
import { architecturesOfPreset, chooseImage, selectorFor } from '../../../shared/core/images.ts';
import type { ImageChoice } from '../../../shared/core/settings.ts';
import type { Architecture, Image } from '../../../shared/core/snapshot.ts';
import { id } from './a-snapshot.ts';

const nowMs = Date.UTC(2026, 10, 23);

function listing(name: 'al2023' | 'amzn-ami-vpc-nat' | 'fck-nat'): Image[] {
  const file = new URL(`../../fixtures/images/${name}.json`, import.meta.url);
  const answer: { readonly Images: readonly SdkImage[] } = JSON.parse(readFileSync(file, 'utf8'));
  return answer.Images.flatMap((raw) => {
    const parsed = parseImage(raw);
    return 'value' in parsed ? [parsed.value] : [];
  });
}

const everything = [...listing('al2023'), ...listing('amzn-ami-vpc-nat'), ...listing('fck-nat')];

function choose(
  choice: ImageChoice,
  architecture: Architecture,
  options: {
    readonly images?: readonly Image[];
    readonly refused?: readonly string[];
    readonly nowMs?: number;
  } = {},
) {
  const selector = selectorFor(choice, [architecture === 'arm64' ? 't4g.nano' : 't3.nano']);
  const refused = new Set((options.refused ?? []).flatMap((raw) => parseId('image', raw) ?? []));
  return chooseImage(options.images ?? everything, selector, architecture, {
    nowMs: options.nowMs ?? nowMs,
    refused,
  });
}

const al2023 = { kind: 'preset', preset: 'al2023' } as const;
const fckNat = { kind: 'preset', preset: 'fck-nat' } as const;
const amznNat = { kind: 'preset', preset: 'amzn-ami-vpc-nat' } as const;

describe('a preset picks the newest of its family', () => {
  it.each([
    [al2023, 'arm64', 'al2023-ami-2023.12.20260831.0-kernel-6.1-arm64'],
    [al2023, 'x86_64', 'al2023-ami-2023.12.20260831.0-kernel-6.1-x86_64'],
    [fckNat, 'arm64', 'fck-nat-al2023-hvm-1.4.0-20260126-arm64-ebs'],
    [amznNat, 'x86_64', 'amzn-ami-vpc-nat-2018.03.0.20230724.0-x86_64-ebs'],
  ] as const)('%j for %s: %s', (choice, architecture, name) => {
    expect(choose(choice, architecture)).toMatchObject({ ok: true, image: { name } });
  });

  it('and the one that was asked for in 2020, of those that there were: ami-01ae0e01e7fffd105', () => {
    const until2020 = listing('amzn-ami-vpc-nat').filter(({ createdAt }) => createdAt < Date.UTC(2021, 0, 1));

    expect(choose(amznNat, 'x86_64', { images: until2020 })).toMatchObject({
      image: { id: 'ami-01ae0e01e7fffd105', name: 'amzn-ami-vpc-nat-2018.03.0.20200918.0-x86_64-ebs' },
    });
  });

  it('by both name styles of the old NAT image, with hvm and without', () => {
    const until2018 = listing('amzn-ami-vpc-nat').filter(({ createdAt }) => createdAt < Date.UTC(2018, 0, 1));

    expect(choose(amznNat, 'x86_64', { images: until2018 })).toMatchObject({ image: { id: 'ami-5bc6c23d' } });
  });

  it('passes over what RunInstances said is gone', () => {
    expect(choose(al2023, 'arm64', { refused: ['ami-00000000000000003'] })).toMatchObject({
      image: { id: 'ami-0d6fc8f787cd9a417' },
    });
  });

  it('takes one that is not deprecated before a newer one that is', () => {
    const images = listing('fck-nat').map((image) =>
      image.id === 'ami-0e00b812422d8cf2c'
        ? { ...image, deprecatedAt: nowMs - 1 }
        : { ...image, deprecatedAt: nowMs + 1 },
    );

    expect(choose(fckNat, 'arm64', { images })).toMatchObject({ image: { id: 'ami-057da8106cf3d8af0' } });
  });

  it('takes a deprecated one when all are, as every fck-nat image was on 2026-01-25', () => {
    const images = listing('fck-nat').filter(({ createdAt }) => createdAt < Date.UTC(2026, 0, 1));

    expect(choose(fckNat, 'arm64', { images, nowMs: Date.UTC(2026, 0, 25, 1) })).toMatchObject({
      image: { id: 'ami-057da8106cf3d8af0' },
    });
  });

  it('tells images of the same date apart by id, always the same way', () => {
    const [first, second] = [id('image', '1'), id('image', '2')];
    const [model] = listing('fck-nat');
    const images = [second, first].flatMap((imageId) =>
      model === undefined ? [] : [{ ...model, id: imageId }],
    );

    expect(choose(fckNat, 'arm64', { images })).toMatchObject({ image: { id: first } });
    expect(choose(fckNat, 'arm64', { images: images.toReversed() })).toMatchObject({ image: { id: first } });
  });

  it('is known by its architectures', () => {
    expect(architecturesOfPreset('amzn-ami-vpc-nat')).toEqual(['x86_64']);
    expect(architecturesOfPreset('al2023')).toEqual(['arm64', 'x86_64']);
  });
});

describe('no match', () => {
  it('names the selector and why each candidate fell out', () => {
    const images = listing('fck-nat').map((image) => ({ ...image, state: 'disabled' }));
    const chosen = choose(fckNat, 'arm64', { images });

    expect(chosen).toEqual({
      ok: false,
      problem:
        'no arm64 image matches preset fck-nat (owner 568608671756, fck-nat-al2023-hvm-*-arm64-ebs): of 5 listed: 2 disabled, 3 of another kind by name; correct the AMI setting',
    });
  });

  it('says so when AWS lists nothing, and never takes another family', () => {
    expect(choose(fckNat, 'x86_64')).toMatchObject({
      ok: false,
      problem: expect.stringContaining('for arm64'),
    });
    expect(choose(al2023, 'arm64', { images: [] })).toMatchObject({
      ok: false,
      problem: expect.stringContaining('AWS lists none'),
    });
    expect(choose(al2023, 'arm64', { images: listing('fck-nat') })).toMatchObject({ ok: false });
  });

  it.each([
    ['paravirtual', { virtualization: 'paravirtual' }],
    ['without ENA support', { enaSupport: false }],
    ['with a root device of type instance-store', { rootDevice: 'instance-store' }],
    ['pending', { state: 'pending' }],
    ['for i386', { architecture: 'i386' }],
    ['no longer launchable', {}],
  ])('because the only image is %s', (why, changes) => {
    const images = listing('fck-nat')
      .filter((image) => image.id === 'ami-0e00b812422d8cf2c')
      .map((image) => ({ ...image, ...changes }));

    expect(choose(fckNat, 'arm64', { images, refused: ['ami-0e00b812422d8cf2c'] })).toMatchObject({
      ok: false,
      problem: expect.stringContaining(`1 ${why}`),
    });
  });

  it('is not for want of an ENA field where no image has one', () => {
    const images = listing('fck-nat').map(({ enaSupport: _none, ...image }) => image);

    expect(choose(fckNat, 'arm64', { images }).ok).toBe(true);
  });
});

describe('a selector of one’s own', () => {
  it('asks for the owner and the pattern, and takes the newest that fits the type', () => {
    const choice = { kind: 'custom', owner: 'self', namePattern: 'my-nat-*' } as const;

    expect(selectorFor(choice, ['t4g.nano', 't4g.micro'])).toMatchObject({
      owners: ['self'],
      namePatterns: ['my-nat-*'],
      imageIds: [],
      architectures: ['arm64'],
    });
    expect(choose(choice, 'arm64', { images: listing('fck-nat') })).toMatchObject({
      image: { id: 'ami-0c2e470170d2a48e3' },
    });
  });

  it('or asks for one image by its id', () => {
    const choice = { kind: 'fixed', imageId: id('image', 'abc') } as const;

    expect(selectorFor(choice, ['t3.nano'])).toMatchObject({
      owners: [],
      namePatterns: [],
      imageIds: ['ami-00000abc'],
    });
    expect(choose(choice, 'arm64', { images: [] })).toMatchObject({
      ok: false,
      problem: expect.stringContaining('image ami-00000abc'),
    });
    expect(choose(choice, 'arm64', { images: listing('fck-nat').slice(0, 1) }).ok).toBe(true);
  });

  it('asks for every pattern of a preset that the types need', () => {
    expect(selectorFor(al2023, ['t4g.nano', 't3.nano', 't3.micro']).namePatterns).toEqual([
      'al2023-ami-2023.*-kernel-6.1-arm64',
      'al2023-ami-2023.*-kernel-6.1-x86_64',
    ]);
    expect(selectorFor(amznNat, ['t3.nano']).namePatterns).toEqual(['amzn-ami-vpc-nat-*']);
  });
});
