/**
 * A file of the NAT instance without the comments that have a line of their own: they take a fifth of what EC2 takes as
 * user data, from the lists of destinations and names, and are read at each cold start. `#!` is no comment, nor are the
 * marks of nat.nft, which have no space after the #.
 */
export function withoutComments(content: string): string {
  return content.replaceAll(/^[ \t]*# .*\n/gm, '');
}
