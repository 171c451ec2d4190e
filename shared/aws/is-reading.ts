import type { Ec2CallName } from './api.ts';

/** Whether a call changes nothing. */
export function isReading(name: Ec2CallName): boolean {
  return name.startsWith('Describe') || name === 'GetConsoleOutput';
}
