import { maxClientCidrs } from '../../../shared/config/client-limits.ts';
import type { Inventory, ProposedZone } from '../inventory.ts';

/** The words of the `sam deploy` that serves these zones; none where there is no zone. */
export function deployCommand(inventory: Inventory, zones: readonly ProposedZone[]): string[] {
  const { stack, region, vpc, spot, deployment } = inventory;
  if (zones.length === 0) {
    return [];
  }
  // A deployed stack keeps the parameters that are not named; its chosen ranges are not overruled.
  const cidrs =
    deployment?.hasClientCidrs === true
      ? []
      : [`ClientCidrs=${vpc.cidrs.slice(0, maxClientCidrs).join(',')}`];
  return [
    'sam',
    'deploy',
    '--stack-name',
    stack,
    '--capabilities',
    'CAPABILITY_IAM',
    '--resolve-s3',
    '--region',
    region,
    '--parameter-overrides',
    `VpcId=${vpc.id}`,
    ...cidrs,
    ...(spot?.isDeployed === false ? ['MarketType=spot'] : []),
    ...zones.flatMap(({ letter, publicSubnetId, privateSubnetIds }) => [
      `Zone${letter.toUpperCase()}PublicSubnet=${publicSubnetId}`,
      `Zone${letter.toUpperCase()}PrivateSubnets=${privateSubnetIds.join(',')}`,
    ]),
  ];
}

/** One line for a POSIX shell. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** The same over several lines, one option or parameter each, that can be pasted as they are. */
export function shellLines(words: readonly string[]): string {
  const last = words.indexOf('--parameter-overrides') + 1;
  const options = shellLine(words.slice(0, last))
    .replaceAll(' --', '\n  --')
    .replace('\n  ', ' ')
    .split('\n');
  const parameters = words.slice(last).map((word) => `    ${shellWord(word)}`);
  return [...options, ...parameters].join(' \\\n');
}

/** As a POSIX shell has to be given it to mean itself. */
export function shellWord(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
