import { describe, expect, it } from 'vitest';
import type { BakedImage, Builder, Found } from '../../../../cli/bake/found.ts';
import {
  type BakeMemory,
  builderLimitMs,
  consoleLimitMs,
  imageLimitMs,
  nextStep,
  planRemoval,
} from '../../../../cli/bake/plan-bake.ts';
import type { Recipe } from '../../../../cli/bake/recipe.ts';
import { minuteMs } from '../../../../shared/core/model/time.ts';
import { id } from '../../core/a-snapshot.ts';

const now = Date.UTC(2026, 10, 27, 20, 0, 0);

const recipe: Recipe = {
  stack: 'prod',
  architecture: 'arm64',
  base: { id: id('image', 'ba5e'), name: 'al2023', selector: 'al2023', rootDeviceName: '/dev/xvda' },
  hash: 'new',
  userData: '',
};

const aBuilder = (over: Partial<Builder> = {}): Builder => ({
  id: id('instance', 'b'),
  state: 'running',
  launchedAt: now - 2 * minuteMs,
  hash: 'new',
  architecture: 'arm64',
  word: { kind: 'silent' },
  ...over,
});

const anImage = (hex: string, over: Partial<BakedImage> = {}): BakedImage => ({
  id: id('image', hex),
  name: `phoenat/prod/${hex}`,
  state: 'available',
  createdAt: now - Number.parseInt(hex, 16) * minuteMs,
  hash: 'new',
  architecture: 'arm64',
  ...over,
});

type Given = {
  readonly builders?: readonly Builder[];
  readonly images?: readonly BakedImage[];
  readonly needed?: readonly string[];
  readonly memory?: BakeMemory;
  readonly force?: boolean;
};

function foundOf({ builders = [], images = [], needed = [] }: Given): Found {
  return { builders, images, needed: new Map(needed.map((one) => [one, 'an instance uses it'])) };
}

const stepFor = (given: Given = {}) =>
  nextStep(foundOf(given), recipe, { now, force: given.force ?? false, memory: given.memory ?? {} });

const complete = { kind: 'complete', hash: 'new' } as const;
const stopped = aBuilder({ state: 'stopped', word: complete });
const of = (builder: Builder) => ({ builderId: builder.id });

const table: readonly (readonly [string, Given, object])[] = [
  ['nothing is there', {}, { kind: 'launch' }],
  [
    'a builder of another architecture is there',
    { builders: [aBuilder({ architecture: 'x86_64' })] },
    { kind: 'launch' },
  ],
  [
    'the builder works',
    { builders: [aBuilder()] },
    { kind: 'wait', what: expect.stringContaining('install') },
  ],
  [
    'it is done, and yet to power off',
    { builders: [aBuilder({ word: complete })] },
    { kind: 'wait', what: expect.stringContaining('install') },
  ],
  ['it is done', { builders: [stopped] }, { kind: 'create-image', builder: stopped }],
  [
    'it is stopped, and its console is not there yet',
    { builders: [aBuilder({ state: 'stopped', word: { kind: 'unknown', why: 'empty' } })] },
    { kind: 'wait', what: expect.stringContaining('console') },
  ],
  [
    'it is stopped and says nothing',
    {
      builders: [aBuilder({ state: 'stopped', launchedAt: now - builderLimitMs - consoleLimitMs - 1 })],
    },
    { kind: 'abandon', why: expect.stringMatching(/is stopped, and it has not said that it is done/) },
  ],
  [
    'it never powers off',
    { builders: [aBuilder({ launchedAt: now - builderLimitMs - 1 })] },
    { kind: 'abandon', why: expect.stringMatching(/has not powered off within 20 minutes/) },
  ],
  [
    'it fails',
    { builders: [aBuilder({ word: { kind: 'failed', why: 'squid cannot be installed' } })] },
    { kind: 'abandon', why: expect.stringMatching(/squid cannot be installed/) },
  ],
  [
    'it has followed another recipe',
    { builders: [aBuilder({ state: 'stopped', word: { kind: 'complete', hash: 'other' } })] },
    { kind: 'abandon', why: expect.stringMatching(/made other, and not new/) },
  ],
  [
    'the image is asked for, and yet to be listed',
    { builders: [stopped], memory: { imageId: id('image', '1'), madeAt: now - minuteMs } },
    { kind: 'wait', what: expect.stringContaining('to be listed') },
  ],
  [
    'the image is being made',
    { builders: [stopped], images: [anImage('1', { ...of(stopped), state: 'pending' })] },
    { kind: 'wait', what: expect.stringContaining(id('image', '1')) },
  ],
  [
    'the image takes for ever: nothing is removed',
    {
      builders: [stopped],
      images: [anImage('1', { ...of(stopped), state: 'pending', createdAt: now - imageLimitMs - 1 })],
    },
    { kind: 'failed', why: expect.stringMatching(/still pending after 45 minutes; it was left/) },
  ],
  [
    'the image is made',
    { builders: [stopped], images: [anImage('1', of(stopped))] },
    { kind: 'terminate', builderId: stopped.id, madeImageId: id('image', '1') },
  ],
  [
    'the image failed',
    { builders: [stopped], images: [anImage('1', { ...of(stopped), state: 'failed', why: 'no key' })] },
    { kind: 'abandon', why: expect.stringMatching(/could not make .*no key/) },
  ],
  [
    'the base has a newer image since',
    { builders: [aBuilder({ hash: 'old' })] },
    { kind: 'terminate', because: expect.stringContaining('changed') },
  ],
  [
    'and an image of it is being made',
    {
      builders: [aBuilder({ hash: 'old', state: 'stopped' })],
      images: [anImage('1', { ...of(stopped), hash: 'old', state: 'pending' })],
    },
    { kind: 'wait' },
  ],
  [
    'two calls have launched at once: the first one stays',
    {
      builders: [aBuilder(), aBuilder({ id: id('instance', 'c'), launchedAt: now - minuteMs })],
    },
    { kind: 'terminate', builderId: id('instance', 'c') },
  ],
  ['it was made already', { images: [anImage('5')] }, { kind: 'done', isNew: false }],
  ['it was made already, and another is wanted', { images: [anImage('5')], force: true }, { kind: 'launch' }],
  [
    'that other one is made',
    { images: [anImage('1'), anImage('5')], force: true, memory: { madeImageId: id('image', '1') } },
    { kind: 'done', isNew: true, image: anImage('1') },
  ],
  [
    'a newer one is of something else, which AmiSelector would take',
    { images: [anImage('1', { hash: 'other' }), anImage('5')] },
    { kind: 'launch' },
  ],
  [
    'it is being made, and its builder is gone',
    { images: [anImage('1', { state: 'pending' })] },
    { kind: 'wait' },
  ],
  [
    'the builder is launched, and yet to be listed',
    { memory: { builderId: id('instance', 'b'), madeAt: now - minuteMs } },
    { kind: 'wait', what: expect.stringContaining('to be listed') },
  ],
  [
    'somebody has terminated it',
    {
      builders: [aBuilder({ state: 'terminated' })],
      memory: { builderId: id('instance', 'b'), madeAt: now - minuteMs },
    },
    { kind: 'failed', why: expect.stringMatching(/somebody else has removed it/) },
  ],
  [
    'three are there',
    { images: ['1', '2', '3'].map((hex) => anImage(hex)) },
    { kind: 'deregister', image: anImage('3') },
  ],
  [
    'three are there, and the oldest is in use',
    { images: ['1', '2', '3'].map((hex) => anImage(hex)), needed: [id('image', '3')] },
    { kind: 'done' },
  ],
  [
    'four are there, and the third is in use',
    { images: ['1', '2', '3', '4'].map((hex) => anImage(hex)), needed: [id('image', '3')] },
    { kind: 'deregister', image: anImage('4') },
  ],
  [
    'a third is being made by somebody else',
    { images: [anImage('1'), anImage('2'), anImage('3', { state: 'pending', hash: 'other' })] },
    { kind: 'done' },
  ],
  [
    'one is left that failed',
    { images: [anImage('1'), anImage('2', { state: 'failed' })] },
    { kind: 'deregister', image: anImage('2', { state: 'failed' }) },
  ],
  [
    'images of another architecture are there',
    { images: [anImage('1'), ...['2', '3', '4'].map((hex) => anImage(hex, { architecture: 'x86_64' }))] },
    { kind: 'done' },
  ],
  [
    'it has failed, and the builder is there',
    { builders: [aBuilder()], memory: { failure: 'no squid' } },
    { kind: 'terminate', builderId: id('instance', 'b') },
  ],
  [
    'it has failed, and the dead image is there',
    { images: [anImage('1', { state: 'failed' })], memory: { failure: 'no key' } },
    { kind: 'deregister', image: anImage('1', { state: 'failed' }) },
  ],
  [
    'it has failed, and nothing is left',
    {
      builders: [aBuilder({ state: 'shutting-down' })],
      images: [anImage('9')],
      memory: { failure: 'no squid' },
    },
    { kind: 'failed', why: 'no squid' },
  ],
];

describe('the next step', () => {
  it.each(table)('where %s', (_, given, expected) => {
    expect(stepFor(given)).toMatchObject(expected);
  });
});

describe('a removal', () => {
  it('takes builders and images, and leaves what is needed', () => {
    const found = foundOf({
      builders: [aBuilder({ hash: 'old', architecture: 'x86_64' }), aBuilder({ state: 'terminated' })],
      images: [anImage('1'), anImage('2'), anImage('3', { state: 'pending' })],
      needed: [id('image', '2')],
    });
    const { steps, kept } = planRemoval(found);

    expect(steps.map((step) => (step.kind === 'terminate' ? step.builderId : step.image.id))).toEqual([
      id('instance', 'b'),
      id('image', '1'),
      id('image', '3'),
    ]);
    expect(kept.map(({ image, because }) => [image.id, because])).toEqual([
      [id('image', '2'), 'an instance uses it'],
    ]);
  });
});
