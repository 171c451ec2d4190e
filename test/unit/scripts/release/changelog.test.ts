import { readFileSync } from 'node:fs';
import { parser } from 'keep-a-changelog';
import { describe, expect, it } from 'vitest';
import { projectVersion } from '../../../../scripts/build.ts';
import { checkChangelog } from '../../../../scripts/release/changelog.ts';

const text = readFileSync('CHANGELOG.md', 'utf8');

describe('CHANGELOG.md', () => {
  it('is as its tool writes it, so that "npm run changelog" changes nothing else', () => {
    expect(parser(text).toString()).toBe(text);
  });

  it('tells of the version that package.json names', () => {
    expect(() => checkChangelog(text, projectVersion())).not.toThrow();
  });

  it('is of the version that template.yaml names to a Serverless Application Repository', () => {
    expect(readFileSync('template.yaml', 'utf8')).toContain(`\n    SemanticVersion: ${projectVersion()}\n`);
  });

  it.each(['0.0.9', '9.9.9'])('stops a release of %s, of which it tells nothing', (version) => {
    expect(() => checkChangelog(text, version)).toThrow(`says nothing about ${version}`);
  });
});
