import { parser } from 'keep-a-changelog';

/** The text for people about a version, in CHANGELOG.md. @throws where there is none. */
export function checkChangelog(text: string, version: string): void {
  const found = parser(text).releases.find((release) => release.version === version);
  if (found === undefined || found.isEmpty()) {
    throw new Error(
      `CHANGELOG.md says nothing about ${version}, the version that package.json names: add it there`,
    );
  }
}
