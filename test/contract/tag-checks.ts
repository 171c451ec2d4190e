import { CreateTagsCommand, DeleteTagsCommand, type Tag } from '@aws-sdk/client-ec2';
import { expect } from 'vitest';
import { addressOf, instanceOf, launchId, tableOf, tagRecord } from './asking.ts';
import type { Contract } from './contract.ts';
import { outcomeOf, type Subject } from './subject.ts';

function create(subject: Subject, resource: string, ...Tags: Tag[]) {
  return subject.run(subject.ec2.send(new CreateTagsCommand({ Resources: [resource], Tags })));
}

function remove(subject: Subject, resource: string, ...Tags: Tag[]) {
  return subject.run(subject.ec2.send(new DeleteTagsCommand({ Resources: [resource], Tags })));
}

type Tagged = {
  readonly what: string;
  readonly resource: (subject: Subject) => Promise<string>;
  readonly read: (subject: Subject, id: string) => Promise<Tag[] | undefined>;
};

/** What the controller writes its memory on. */
const tagged: readonly Tagged[] = [
  {
    what: 'an instance',
    resource: (subject) => launchId(subject),
    read: async (subject, id) => (await instanceOf(subject, id)).Tags,
  },
  {
    what: 'an Elastic IP',
    resource: async ({ vpc }) => vpc.allocationId,
    read: async (subject, id) => (await addressOf(subject, id)).Tags,
  },
  {
    what: 'a route table',
    resource: async ({ vpc }) => vpc.privateRouteTableId,
    read: async (subject, id) => (await tableOf(subject, id)).Tags,
  },
];

export function tagChecks({ check, diverging }: Contract): void {
  for (const { what, resource, read } of tagged) {
    check(`are put on ${what}, written over, and taken off by their key`, async (subject) => {
      const id = await resource(subject);
      const before = tagRecord(await read(subject, id));
      const one = { Key: 'phoenat:paused', Value: '2026-11-23T03:00:00Z' };
      const other = { Key: 'phoenat:replace', Value: 'age' };
      await create(subject, id, one, other);
      expect(tagRecord(await read(subject, id))).toEqual({
        ...before,
        'phoenat:paused': one.Value,
        'phoenat:replace': other.Value,
      });
      await create(subject, id, { ...other, Value: 'retirement' });
      await remove(subject, id, { Key: one.Key });
      expect(tagRecord(await read(subject, id))).toEqual({ ...before, 'phoenat:replace': 'retirement' });
    });
  }

  check('that are not there may be taken off', async (subject) => {
    const { allocationId } = subject.vpc;
    expect(await outcomeOf(remove(subject, allocationId, { Key: 'phoenat:paused' }))).toBe('accepted');
  });

  check('stay where they have another value than the one to be taken off', async (subject) => {
    const { allocationId } = subject.vpc;
    await create(subject, allocationId, { Key: 'phoenat:paused', Value: 'since noon' });
    await remove(subject, allocationId, { Key: 'phoenat:paused', Value: 'since dawn' });
    const { Tags } = await addressOf(subject, allocationId);
    expect(tagRecord(Tags)['phoenat:paused']).toBe('since noon');
  });

  diverging('tags-on-nothing', async (subject) => {
    const tag = { Key: 'phoenat:replace', Value: 'age' };
    return outcomeOf(create(subject, 'i-0123456789abcdef0', tag));
  });
}
