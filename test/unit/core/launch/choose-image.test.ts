import { readFileSync } from 'node:fs';
import type { Image as SdkImage } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { parseImage } from '../../../../shared/aws/parse-image.ts';
import {
  architecturesOfPreset,
  chooseImage,
  selectorFor,
} from '../../../../shared/core/launch/choose-image.ts';
import { emptyMemory } from '../../../../shared/core/memory/memory.ts';
import type { ImageId } from '../../../../shared/core/model/ids.ts';
import { parseId } from '../../../../shared/core/model/ids.ts';
import type { ImageChoice } from '../../../../shared/core/model/settings.ts';
import type { Architecture, Image, NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { hourMs, minuteMs } from '../../../../shared/core/model/time.ts';
import {
  anAddress,
  anImage,
  anInstance,
  aStatus,
  codesOf,
  diagnoseAndPlan,
  id,
  now,
  type Scene,
  snapshotOf,
  someSettings,
  zoneName,
} from '../a-snapshot.ts';
import { ofB } from '../some-scenes.ts';

const nowMs = Date.UTC(2026, 10, 23);

function listing(name: 'al2023' | 'amazon-linux' | 'amzn-ami-vpc-nat' | 'fck-nat'): Image[] {
  const file = new URL(`../../../fixtures/images/${name}.json`, import.meta.url);
  const answer: { readonly Images: readonly SdkImage[] } = JSON.parse(readFileSync(file, 'utf8'));
  return answer.Images.map((raw) => {
    const parsed = parseImage(raw);
    if (!('value' in parsed)) {
      throw new Error(`${name}.json: ${JSON.stringify(parsed)}`);
    }
    return parsed.value;
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
/** What EC2 makes of a name filter: `*` is any text, `?` any one character. */
function ec2Matches(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}

const fckNat = { kind: 'preset', preset: 'fck-nat' } as const;
const amznNat = { kind: 'preset', preset: 'amzn-ami-vpc-nat' } as const;

describe('a preset picks the newest of its family', () => {
  it.each([
    [al2023, 'arm64', 'al2023-ami-2023.12.20260831.0-kernel-6.1-arm64'],
    [al2023, 'x86_64', 'al2023-ami-2023.12.20260831.0-kernel-6.1-x86_64'],
    [fckNat, 'arm64', 'fck-nat-al2023-hvm-1.4.0-20260126-arm64-ebs'],
    [amznNat, 'x86_64', 'amzn-ami-vpc-nat-2018.03.0.20230807.0-x86_64-ebs'],
  ] as const)('%j for %s: %s', (choice, architecture, name) => {
    expect(choose(choice, architecture)).toMatchObject({ ok: true, image: { name } });

    const { namePatterns } = selectorFor(choice, [architecture === 'arm64' ? 't4g.nano' : 't3.nano']);
    expect(namePatterns.some((pattern) => ec2Matches(pattern, name))).toBe(true);
  });

  it.each([
    ['arm64', 'ami-0d6fc8f787cd9a417'],
    ['x86_64', 'ami-0ed094fb1304fd857'],
  ] as const)(
    'al2023 for %s among all that Amazon published in April 2026, other kernels, minimal and ECS: %s',
    (architecture, imageId) => {
      const images = listing('amazon-linux');

      expect(choose(al2023, architecture, { images })).toMatchObject({ image: { id: imageId } });
      expect(choose(al2023, architecture, { images: images.toReversed() })).toMatchObject({
        image: { id: imageId },
      });
      expect(choose(al2023, architecture, { images, refused: [imageId] }).ok).toBe(false);
      expect(choose(amznNat, 'x86_64', { images }).ok).toBe(false);
    },
  );

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

  it.each([
    [al2023, 'arm64', 'al2023-ami-minimal-2023.12.20260831.0-kernel-6.1-arm64'],
    [al2023, 'arm64', 'al2023-ami-ecs-hvm-2023.0.20250430-kernel-6.1-arm64'],
    [al2023, 'arm64', 'al2027-preview-ami-2027.0.20260903.0-kernel-7.1-arm64'],
    [al2023, 'arm64', 'al2023-ami-2023.11.20260427.1-kernel-6.12-arm64'],
    [al2023, 'x86_64', 'al2023-ami-2023.12.20260831.0-kernel-6.18-x86_64'],
    [fckNat, 'arm64', 'fck-nat-pre-al2023-hvm-1.4.0-pre-20240404-arm64-ebs'],
    [fckNat, 'arm64', 'fck-nat-nat64-al2023-hvm-1.4.0-20260126-arm64-ebs'],
    [amznNat, 'x86_64', 'amzn-ami-vpc-nat-pv-2014.09.1.x86_64-ebs'],
    [amznNat, 'x86_64', 'amzn-ami-vpc-nat-hvm-2017.03.rc-0.20170320-x86_64-ebs'],
  ] as const)('%j for %s: never %s, were it the newest by far', (choice, architecture, name) => {
    const newest = { createdAt: nowMs, deprecatedAt: nowMs + 1, virtualization: 'hvm', enaSupport: true };
    const images = everything.map((image) => (image.name === name ? { ...image, ...newest } : image));

    expect(images.filter(({ createdAt }) => createdAt === nowMs)).toHaveLength(1);
    expect(choose(choice, architecture, { images })).toEqual(choose(choice, architecture));
  });

  it('passes over what RunInstances said is gone', () => {
    expect(choose(al2023, 'arm64', { refused: ['ami-00000000000000003'] })).toMatchObject({
      image: { id: 'ami-0d6fc8f787cd9a417' },
    });
  });

  it('goes back build by build while each newest one is refused', () => {
    const builds = [
      'ami-083a66db966d63712',
      'ami-091846419ebe1075b',
      'ami-003acd4f8da7e06f9',
      'ami-00a36856283d67c39',
      'ami-01ae0e01e7fffd105',
      'ami-0b840e8a1ce4cdf15',
      'ami-5bc6c23d',
    ];

    for (const [refusals, build] of builds.entries()) {
      expect(choose(amznNat, 'x86_64', { refused: builds.slice(0, refusals) })).toMatchObject({
        image: { id: build },
      });
    }
    expect(choose(amznNat, 'x86_64', { images: listing('amzn-ami-vpc-nat'), refused: builds })).toMatchObject(
      {
        problem: expect.stringContaining(
          'of 11 listed: 3 of another kind by name, 1 without ENA support, 7 no longer launchable;',
        ),
      },
    );
  });

  it('counts an image as deprecated from the very moment that EC2 names', () => {
    const deprecatedAt = Date.UTC(2028, 0, 26);
    const olderWithout = listing('fck-nat').map((image) =>
      image.id === 'ami-057da8106cf3d8af0' ? { ...image, deprecatedAt: deprecatedAt + 1 } : image,
    );
    const at = (moment: number) => choose(fckNat, 'arm64', { images: olderWithout, nowMs: moment });

    expect(at(deprecatedAt - 1)).toMatchObject({ image: { id: 'ami-0e00b812422d8cf2c' } });
    expect(at(deprecatedAt)).toMatchObject({ image: { id: 'ami-057da8106cf3d8af0' } });
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

type RegionalListings = {
  readonly regions: Readonly<
    Record<string, readonly (readonly [string, string, string, Architecture, ...string[]])[]>
  >;
};

describe('al2023 in each Region', () => {
  const file = new URL('../../../fixtures/images/regions.json', import.meta.url);
  const { regions }: RegionalListings = JSON.parse(readFileSync(file, 'utf8'));
  const asked = selectorFor(al2023, ['t4g.nano', 't3.nano']);
  /** What EC2 makes of the request: owners and names filter. */
  const answered = (region: string): Image[] =>
    (regions[region] ?? [])
      .filter(
        ([name, , owner]) =>
          asked.owners.includes(owner) && asked.namePatterns.some((pattern) => ec2Matches(pattern, name)),
      )
      .map(([name, imageId, , architecture, state = '', rootDevice = '', virtualization = '']) => ({
        id: id('image', imageId.slice(4)),
        name,
        architecture,
        state,
        rootDevice,
        virtualization,
        createdAt: Date.UTC(2026, 3, 27),
        rootDeviceName: '/dev/xvda',
      }));

  it('is looked for in thirty Regions', () => {
    expect(Object.keys(regions)).toHaveLength(30);
  });

  it.each(Object.keys(regions))('%s: there is exactly one newest image per architecture', (region) => {
    const images = answered(region);

    expect(images.map(({ architecture }) => architecture).toSorted()).toEqual(['arm64', 'x86_64']);
    for (const architecture of ['arm64', 'x86_64'] as const) {
      expect(choose(al2023, architecture, { images })).toMatchObject({
        ok: true,
        image: { name: expect.stringMatching(`^al2023-ami-2023[.\\d]+-kernel-6.1-${architecture}$`) },
      });
    }
  });

  it('that is newer than this version: says how to find the owner, and what to set', () => {
    expect(choose(al2023, 'x86_64', { images: [] })).toMatchObject({
      ok: false,
      problem: expect.stringMatching(
        /^no x86_64 image matches preset al2023 .*: AWS lists none; in a Region that is newer .* --name \/aws\/service\/ami-amazon-linux-latest\/al2023-ami-kernel-6\.1-x86_64 .* AmiSelector takes OWNER:al2023-ami-2023\.\*-kernel-6\.1-\*$/,
      ),
    });
    // And that it finds the image there.
    const custom = {
      kind: 'custom',
      owner: '123456789012',
      namePattern: 'al2023-ami-2023.*-kernel-6.1-*',
    } as const;
    const names = (regions['eu-south-2'] ?? [])
      .map(([name]) => name)
      .filter((name) => ec2Matches(custom.namePattern, name));
    expect(names).toEqual([
      'al2023-ami-2023.11.20260427.1-kernel-6.1-arm64',
      'al2023-ami-2023.11.20260427.1-kernel-6.1-x86_64',
    ]);
  });
});

describe('no match', () => {
  it('names the selector and why each candidate fell out', () => {
    const images = listing('fck-nat').map((image) => ({ ...image, state: 'disabled' }));
    const chosen = choose(fckNat, 'arm64', { images });

    expect(chosen).toMatchObject({
      ok: false,
      problem:
        'no arm64 image matches preset fck-nat (of 568608671756, fck-nat-al2023-hvm-*-arm64-ebs): of 5 listed: 2 disabled, 3 of another kind by name; correct AmiSelector',
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
    [amznNat, 'amzn-ami-vpc-nat-hvm-2017.03.rc-0.20170320-x86_64-ebs'],
    [amznNat, 'amzn-ami-vpc-nat-pv-2018.03.0.20230807.0-x86_64-ebs'],
    [amznNat, 'amzn-ami-vpc-nat-2018.03-x86_64-ebs'],
    [fckNat, 'fck-nat-al2023-hvm-1.4.0-pre-20240404-x86_64-ebs'],
    [fckNat, 'fck-nat-nat64-al2023-hvm-1.4.0-20260701-x86_64-ebs'],
    [fckNat, 'fck-nat-al2023-hvm-1.4.0-20260701-x86_64-ebs-copy'],
    [al2023, 'al2023-ami-minimal-2023.12.20260803.0-kernel-6.1-x86_64'],
    [al2023, 'al2023-ami-2023.12.20260803.0-kernel-6.12-x86_64'],
    [al2023, 'al2023-ami-2023.12.20260803.0-kernel-6x1-x86_64'],
    [al2023, 'al2023-ami-2023.12.20260803.0-preview-kernel-6.1-x86_64'],
    [al2023, 'my-al2023-ami-2023.12.20260803.0-kernel-6.1-x86_64'],
  ] as const)('%j takes no %s, were it the only one', (choice, name) => {
    const images = listing('amzn-ami-vpc-nat').slice(-2, -1);

    expect(choose(choice, 'x86_64', { images: images.map((image) => ({ ...image, name })) })).toMatchObject({
      ok: false,
      problem: expect.stringContaining('of 1 listed: 1 of another kind by name'),
    });
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

  it('is not for want of an ENA field where no image has one: the NAT images of 2014', () => {
    const of2014 = listing('amzn-ami-vpc-nat').filter(({ createdAt }) => createdAt < Date.UTC(2015, 0, 1));

    expect(choose(amznNat, 'x86_64', { images: of2014 })).toMatchObject({ image: { id: 'ami-184dc970' } });
    expect(choose(amznNat, 'x86_64', { images: [...of2014, ...listing('fck-nat')] })).toMatchObject({
      problem: expect.stringContaining('1 without ENA support'),
    });
  });

  it('nor where the field was left out of a listing', () => {
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
      describe: 'owner self, name my-nat-*',
      architectures: ['arm64'],
    });
    expect(choose(choice, 'x86_64', { images: listing('fck-nat') })).toMatchObject({
      image: { id: 'ami-0328a21a503f457f0' },
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
    expect(selectorFor(al2023, ['t4g.nano', 't3.nano', 't3.micro'])).toMatchObject({
      describe:
        'preset al2023 (of Amazon, al2023-ami-2023.*-kernel-6.1-arm64 or al2023-ami-2023.*-kernel-6.1-x86_64)',
      owners: expect.arrayContaining(['137112412989', '656109587541']),
      namePatterns: ['al2023-ami-2023.*-kernel-6.1-arm64', 'al2023-ami-2023.*-kernel-6.1-x86_64'],
      imageIds: [],
      architectures: ['arm64', 'x86_64'],
    });
    expect(selectorFor(fckNat, ['t4g.nano'])).toMatchObject({
      owners: ['568608671756'],
      namePatterns: ['fck-nat-al2023-hvm-*-arm64-ebs'],
    });
    // One pattern serves every type: it is asked for once.
    expect(selectorFor(amznNat, ['t4g.nano', 't3.nano'])).toMatchObject({
      owners: expect.arrayContaining(['137112412989', '656109587541']),
      namePatterns: ['amzn-ami-vpc-nat-*'],
    });
  });
});

function imageLaunched(
  scene: Partial<Scene>,
  memory = emptyMemory,
  maxLaunchesPerHour = 4,
): string | undefined {
  const settings = someSettings({ maxLaunchesPerHour });
  const steps = diagnoseAndPlan(snapshotOf(scene), { memory, settings }).a.waves.flat();
  return steps.flatMap((step) => (step.kind === 'launch' ? [step.image.id] : []))[0];
}

describe('the image of a launch after one that failed', () => {
  it('goes back to the last good image when an instance of a newer one is no more', () => {
    const newest = anImage('2', { createdAt: now });
    const failed = anInstance('a', {
      state: 'terminated',
      imageId: newest.id,
      launchedAt: now - 5 * minuteMs,
    });
    const scene = { instances: [failed, ...ofB.instances], images: [newest, anImage('1')], statuses: [] };

    expect(imageLaunched(scene)).toBe(id('image', '1'));
    const refused = {
      ...emptyMemory,
      refusedImages: new Map([[zoneName('a'), new Set([id('image', '1')])]]),
    };
    expect(imageLaunched(scene, refused)).toBe(newest.id);
  });

  it('tries the next newest where no image is known to work, and the newest failed twice', () => {
    const newest = anImage('3', { createdAt: now });
    const next = anImage('2', { createdAt: now - hourMs });
    const of = (imageId: ImageId, hex: string, minutesAgo: number) =>
      anInstance('a', {
        id: id('instance', hex),
        state: 'terminated',
        imageId,
        launchedAt: now - minutesAgo * minuteMs,
      });
    const { lastGoodImage: _none, ...unproven } = anAddress('a');
    const sceneAfter = (...ended: NatInstance[]) => ({
      instances: [...ended, ...ofB.instances],
      images: [anImage('1'), next, newest],
      addresses: [unproven, anAddress('b')],
      statuses: [],
    });
    const twice = [of(newest.id, 'd1', 30), of(newest.id, 'd2', 20)];

    expect(imageLaunched(sceneAfter(of(newest.id, 'd1', 30)))).toBe(newest.id);
    expect(imageLaunched(sceneAfter(...twice))).toBe(next.id);
    expect(codesOf(diagnoseAndPlan(snapshotOf(sceneAfter(...twice))).a)).toContain('image-fallback');
    expect(imageLaunched(sceneAfter(...twice.map((entry) => ({ ...entry, launchedAt: now - hourMs }))))).toBe(
      newest.id,
    );
    // Where all have failed, there is nothing to prefer.
    expect(imageLaunched({ ...sceneAfter(...twice), images: [newest] })).toBe(newest.id);
  });

  it('tries each next newest once, and what failed least where all have: launches are few', () => {
    const images = ['4', '3', '2', '1'].map((hex, nth) => anImage(hex, { createdAt: now - nth * hourMs }));
    const [a4, a3, a2, a1] = images.map(({ id: imageId }) => imageId);
    const { lastGoodImage: _none, ...unproven } = anAddress('a');
    const launchedAfter = (...failed: readonly (ImageId | undefined)[]) =>
      imageLaunched(
        {
          instances: [
            ...failed.map((imageId = id('image', 'ff'), nth) =>
              anInstance('a', {
                id: id('instance', `d${nth}`),
                state: 'terminated',
                imageId,
                launchedAt: now - (50 - nth) * minuteMs,
              }),
            ),
            ...ofB.instances,
          ],
          images,
          addresses: [unproven, anAddress('b')],
          statuses: [],
        },
        emptyMemory,
        20,
      );

    expect(launchedAfter(a4)).toBe(a4);
    expect(launchedAfter(a4, a4)).toBe(a3);
    expect(launchedAfter(a4, a4, a3)).toBe(a2);
    expect(launchedAfter(a4, a4, a3, a2)).toBe(a1);
    // An hour later the first failure of the newest is forgotten, which does not bring it back before the others.
    expect(launchedAfter(a4, a3, a2)).toBe(a1);
    expect(launchedAfter(a4, a4, a3, a2, a1)).toBe(a3);
  });

  it('takes, after one failure, what is as old as the last good image of another architecture', () => {
    const newest = anImage('4', { createdAt: now });
    const untried = anImage('3', { createdAt: now - minuteMs });
    const alike = anImage('2', { createdAt: now - 2 * hourMs });
    const noted = anAddress('a', {
      lastGoodImage: { imageId: id('image', '86'), architecture: 'x86_64' },
    });
    const works = anInstance('a', {
      imageId: id('image', '86'),
      launchedAt: now - hourMs,
      replaceMark: { reason: 'rebuild', at: now },
    });
    const of = (image: ImageId, hex: string) =>
      anInstance('a', {
        id: id('instance', hex),
        state: 'terminated',
        imageId: image,
        launchedAt: now - 20 * minuteMs,
      });
    const sceneAfter = (...ended: NatInstance[]) => ({
      instances: [works, ...ended, ...ofB.instances],
      images: [untried, newest, alike, anImage('1')],
      addresses: [noted, anAddress('b')],
    });

    expect(imageLaunched(sceneAfter())).toBe(newest.id);
    expect(imageLaunched(sceneAfter(of(newest.id, 'd1')))).toBe(alike.id);
    expect(codesOf(diagnoseAndPlan(snapshotOf(sceneAfter(of(newest.id, 'd1')))).a)).toContain(
      'image-fallback',
    );
    expect(imageLaunched(sceneAfter(of(newest.id, 'd1'), of(alike.id, 'd2')))).toBe(id('image', '1'));
    // Nothing is that old.
    expect(imageLaunched({ ...sceneAfter(of(newest.id, 'd1')), images: [untried, newest] })).toBe(newest.id);
  });

  it('goes back to it also when the instance of the newer one runs, carries the traffic and fails its checks', () => {
    const newest = anImage('2', { createdAt: now });
    const primary = anInstance('a', { imageId: newest.id, launchedAt: now - 2 * hourMs });
    const scene = { instances: [primary, ...ofB.instances], images: [newest, anImage('1')] };
    const status = (instance: 'ok' | 'impaired') => ({
      statuses: [aStatus('a1', { instance }), aStatus('b1')],
    });

    expect(imageLaunched({ ...scene, ...status('impaired') })).toBe(id('image', '1'));
    const rebuilt = { ...primary, replaceMark: { reason: 'rebuild', at: now } as const };
    expect(imageLaunched({ ...scene, ...status('ok'), instances: [rebuilt, ...ofB.instances] })).toBe(
      newest.id,
    );
  });
});
