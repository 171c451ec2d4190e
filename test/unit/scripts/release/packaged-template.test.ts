import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../../scripts/parse-template.ts';
import { packagedTemplate } from '../../../../scripts/release/packaged-template.ts';
import { entriesOf, read } from '../../../../scripts/template-value.ts';

const text = readFileSync('template.yaml', 'utf8');
const keys = { controller: 'c.zip', lifecycle: 'l.zip', probe: 'p.zip' };
const packaged = packagedTemplate(text, keys);
const before = parseTemplate(text);
const after = parseTemplate(packaged);

const typesOf = (template: unknown) =>
  entriesOf(read(template, ['Resources'])).map(([name, resource]) => [name, read(resource, ['Type'])]);

describe('the packaged template', () => {
  it('has no work for a transform, and nothing that only SAM reads', () => {
    expect(after).not.toHaveProperty('Transform');
    expect(after).not.toHaveProperty('Globals');
    expect(packaged).not.toMatch(/AWS::Serverless|CodeUri|functions\/\w+\/bundle/);
  });

  it.each([
    ['Controller', 'ControllerCodeKey'],
    ['Lifecycle', 'LifecycleCodeKey'],
    ['ProbeA', 'ProbeCodeKey'],
    ['ProbeF', 'ProbeCodeKey'],
  ])('has the code of %s where CodeBucket and %s say', (name, key) => {
    expect(read(after, ['Resources', name, 'Properties', 'Code'])).toEqual({
      S3Bucket: { Ref: 'CodeBucket' },
      S3Key: { Ref: key },
    });
  });

  it('knows the archives of its release, and no bucket', () => {
    expect(read(after, ['Parameters', 'ControllerCodeKey'])).toMatchObject({ Default: 'c.zip' });
    expect(read(after, ['Parameters', 'LifecycleCodeKey'])).toMatchObject({ Default: 'l.zip' });
    expect(read(after, ['Parameters', 'ProbeCodeKey'])).toMatchObject({ Default: 'p.zip' });
    expect(read(after, ['Parameters', 'CodeBucket'])).not.toHaveProperty('Default');
  });

  it('has every resource under the same name, and what SAM adds', () => {
    const expected = typesOf(before).map(([name, type]) => [
      name,
      type === 'AWS::Serverless::Function' ? 'AWS::Lambda::Function' : type,
    ]);

    expect(typesOf(after)).toEqual([
      ...expected,
      ['ControllerEventInvokeConfig', 'AWS::Lambda::EventInvokeConfig'],
      ['LifecycleEventInvokeConfig', 'AWS::Lambda::EventInvokeConfig'],
    ]);
  });

  it('leaves all else as it is', () => {
    const changed = new Set([
      'Controller',
      'ControllerEventInvokeConfig',
      'Lifecycle',
      'LifecycleEventInvokeConfig',
    ]);
    const rest = (template: unknown) =>
      entriesOf(read(template, ['Resources'])).filter(
        ([name]) => !changed.has(name) && !/^Probe[A-F]$/.test(name),
      );

    expect(rest(after)).toEqual(rest(before));
    for (const part of ['Rules', 'Conditions', 'Outputs', 'Description']) {
      expect(read(after, [part])).toEqual(read(before, [part]));
    }
  });

  it.each([
    ['a property that it cannot translate', /^( {6})Timeout: 60$/m, '$1Timeout: 60\n$1Layers: []', 'Layers'],
    ['a property of which both have one', /^( {6})Timeout: 60$/m, '$1MemorySize: 60', 'MemorySize'],
    ['code that no build makes', 'CodeUri: functions/controller/bundle', 'CodeUri: src', 'src'],
  ])('is not made of a function with %s', (_what, old, changed, named) => {
    expect(() => packagedTemplate(text.replace(old, changed), keys)).toThrow(named);
  });
});
