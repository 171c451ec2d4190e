import { builderScript } from './builder-script.ts';

/**
 * What a builder installs, as a component of EC2 Image Builder (its User Guide, "Use the AWSTOE component document
 * framework"): the service launches, cleans up and makes the image by itself.
 */
export function componentDocument(version: string): string {
  const install = ['export BAKE=component CONSOLE=/dev/stdout', builderScript().replace(/^#!.*\n/, '')];
  const validate = ['set -e', 'for program in nft squid python3 openssl ip; do command -v "$program"; done'];
  return [
    'name: phoenat-nat-instance',
    `description: What a NAT instance of Phoenat ${version} would have to install at its first boot`,
    'schemaVersion: 1.0',
    'phases:',
    ...phase('build', 'InstallEverything', install),
    ...phase('validate', 'EverythingIsThere', validate),
    '',
  ].join('\n');
}

function phase(name: string, step: string, script: readonly string[]): string[] {
  return [
    `  - name: ${name}`,
    '    steps:',
    `      - name: ${step}`,
    '        action: ExecuteBash',
    '        timeoutSeconds: 1200',
    '        inputs:',
    '          commands:',
    '            - |',
    ...script
      .join('\n')
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `              ${line}`)),
  ];
}
