/** A row of the page's table, and what has to come of it. */
export type Play = {
  /** How its command begins. */
  readonly command: string;
  readonly zone: 'a' | 'b';
  /** What replaces it where nobody can type it, with what is typed into the account instead. */
  readonly insteadBreak?: string;
  /** The zone has another instance afterwards. */
  readonly isReplaced: boolean;
  /** The longest that anybody may be without egress meanwhile, where that is known beforehand. */
  readonly longestMs?: number;
};

/** In the order of the page. Two launches an hour are left to each zone: the breaker counts them. */
export const plays: readonly Play[] = [
  { command: 'aws ec2 terminate-instances', zone: 'a', isReplaced: true },
  { command: 'aws ec2 stop-instances', zone: 'b', isReplaced: true },
  { command: 'aws ec2 modify-instance-attribute', zone: 'a', isReplaced: false },
  { command: 'aws ec2 delete-route', zone: 'a', isReplaced: false },
  { command: 'aws ec2 disassociate-address', zone: 'a', isReplaced: false },
  { command: 'npx --no-install phoenat rebuild --zone a', zone: 'a', isReplaced: true, longestMs: 2_000 },
  { command: 'sudo sysctl', zone: 'a', insteadBreak: 'flush', isReplaced: false, longestMs: 5_000 },
];

/** The play of a row. @throws Error for a row that nobody plays. */
export function playOf(commands: readonly string[]): Play {
  const [command = ''] = commands;
  const play = plays.find((candidate) => command.startsWith(candidate.command));
  if (play === undefined) throw new Error(`test/game-day/plays.ts has no play for "${command}"`);
  return play;
}
