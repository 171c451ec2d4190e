import type { Architecture } from '../model/snapshot.ts';

/**
 * The architecture of an instance type, from its name: the letter g after the generation number means AWS Graviton
 * (EC2 Instance Types, "Instance type naming convention"), so t4g, c7gn and im4gn are arm64, while g5 and g6 are names
 * of a GPU family and x86. The first Graviton family, a1, came before the convention.
 */
export function architectureOfType(instanceType: string): Architecture {
  const family = instanceType.split('.')[0] ?? '';
  const options = /^[a-z]+(?:-[a-z0-9]+)?\d+(?<options>[a-z]*)/.exec(family)?.groups?.['options'] ?? '';
  return family === 'a1' || options.startsWith('g') ? 'arm64' : 'x86_64';
}
