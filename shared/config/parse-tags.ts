import type { Tag } from '../core/model/settings.ts';
import type { Problems } from './problems.ts';
import type { Reader } from './readers.ts';

/** EC2 allows 50 a resource (EC2 User Guide, "Tag restrictions"); a NAT instance has five of ours, and may get more. */
const maxTags = 40;
const maxKeyLength = 128;
const maxValueLength = 256;

/** `Team=network,CostCentre=4711`: what is put on everything that is launched, beside our own. */
export const tagList: Reader<Tag[]> = {
  type: 'CommaDelimitedList',
  read: (raw, path, problems) => {
    const entries = raw.trim() === '' ? [] : raw.split(',').map((entry) => entry.trim());
    if (entries.length > maxTags) {
      problems.add(path, `${entries.length} tags`, `at most ${maxTags} tags`);
      return [];
    }
    const tags = entries.flatMap((entry, index) => readTag(entry, `${path}[${index}]`, problems));
    const keys = tags.map(({ key }) => key);
    for (const key of new Set(keys.filter((candidate, index) => keys.indexOf(candidate) !== index))) {
      problems.add(path, key, 'each key once');
    }
    return tags;
  },
};

function readTag(entry: string, where: string, problems: Problems): Tag[] {
  const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
  const expected = whatIsWrong(key.trim(), value.trim());
  if (expected !== undefined) {
    problems.add(where, entry, expected);
    return [];
  }
  return [{ key: key.trim(), value: value.trim() }];
}

/** What is expected instead; undefined where nothing is wrong. */
function whatIsWrong(key: string, value: string): string | undefined {
  if (key === '') {
    return 'Key=value, without a comma in either';
  }
  // AWS keeps the first for itself, in any case (EC2 User Guide, "Tag restrictions"). By the others what is ours is known.
  if (/^(aws|phoenat):/i.test(key) || key === 'Name') {
    return 'a key that is not Name and does not begin with aws: or phoenat:';
  }
  // A character is a code point to EC2, and a letter beyond the basic plane is one.
  if ([...key].length > maxKeyLength || [...value].length > maxValueLength) {
    return `a key of up to ${maxKeyLength} characters and a value of up to ${maxValueLength}`;
  }
  return /\p{Cc}/u.test(key + value) ? 'a key and a value without control characters' : undefined;
}
