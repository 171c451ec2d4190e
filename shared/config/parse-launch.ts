import type { SecurityGroupId } from '../core/model/ids.ts';
import { type ImageChoice, imagePresets } from '../core/model/settings.ts';
import { parseImageChoice } from './parse-image-choice.ts';
import { type Reader, readId } from './readers.ts';

// What the NAT instances are launched with.

export const imageChoice: Reader<ImageChoice> = {
  type: 'String',
  read: (raw, path, problems) => {
    const choice = parseImageChoice(raw);
    if (choice === undefined) {
      problems.add(path, raw, `${imagePresets.join(', ')}, an image id (ami-…), or owner:name-pattern`);
    }
    return choice ?? { kind: 'custom', owner: '', namePattern: raw };
  },
};

const typePattern = /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|metal|\d*xlarge|metal-\d+xl)$/;

export const instanceTypes: Reader<string[]> = {
  type: 'CommaDelimitedList',
  read: (raw, path, problems) => {
    const types = list(raw);
    for (const type of types.filter((item) => !typePattern.test(item))) {
      problems.add(path, type, 'an instance type such as t4g.nano');
    }
    if (new Set(types).size !== types.length) {
      problems.add(path, types.join(','), 'each type once');
    }
    return types;
  },
};

export const securityGroups: Reader<SecurityGroupId[]> = {
  type: 'CommaDelimitedList',
  read: (raw, path, problems) => {
    const listed = list(raw);
    if (listed.length < 1 || listed.length > 5) {
      problems.add(path, raw, '1 to 5 security group ids, separated by commas');
    }
    if (new Set(listed).size !== listed.length) {
      problems.add(path, raw, 'each security group once');
    }
    return listed.flatMap((id, index) => readId('securityGroup', id, `${path}[${index}]`, problems) ?? []);
  },
};

/** Entries between commas; empty ones do not count. */
function list(raw: string): string[] {
  return raw
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
