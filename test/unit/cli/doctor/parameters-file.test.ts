import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeParameters } from '../../../../cli/doctor/write-parameters.ts';

const command = [
  'sam',
  'deploy',
  '--parameter-overrides',
  'VpcId=vpc-1',
  'ZoneAPrivateSubnets=subnet-1,subnet-2',
];
let folder = '';
let file = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'phoenat-parameters-'));
  file = join(folder, 'mine.yaml');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the file of parameters', () => {
  it('is a list that both AWS tools read, and the command names it', async () => {
    const { command: reading, sentence } = await writeParameters(command, file);

    expect(reading).toEqual(['sam', 'deploy', '--parameter-overrides', `file://${file}`]);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(command.slice(3));
    expect(sentence).toContain(`Wrote the parameters to ${file}.`);
  });

  it('is left as it is where it says the same and more', async () => {
    const text = JSON.stringify(['AlarmEmail=a@b.example', ...command.slice(3)]);
    await writeFile(file, text);
    const { sentence } = await writeParameters(command, file);

    expect(sentence).toContain('was left as it is');
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it.each([
    ['other values', '["VpcId=vpc-2"]', 'VpcId=vpc-1, where the file has vpc-2'],
    ['something else', '{"a":1}', 'is no list of parameters'],
    ['no JSON', 'VpcId', 'is no list of parameters'],
  ])('is never overwritten: %s', async (_what, text, problem) => {
    await writeFile(file, text);

    await expect(writeParameters(command, file)).rejects.toThrow(problem);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('has to have the name of what it holds, and a folder that is there', async () => {
    await expect(writeParameters(command, join(folder, 'mine.env'))).rejects.toThrow('ends in .yaml');
    await expect(writeParameters(command, join(folder, 'no/mine.yaml'))).rejects.toThrow('ENOENT');
  });
});
