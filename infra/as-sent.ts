/**
 * A file of the NAT instance as short as it is sent: it is read at each cold start, and takes room of what EC2 takes as user
 * data, from the lists of destinations and names. Without the comments that have a line of their own: `#!` is none, nor are
 * the marks of nat.nft, which have no space after the #. Python is indented by one space, and has no empty lines.
 */
export function asSent(content: string): string {
  const text = content.replaceAll(/^[ \t]*# .*\n/gm, '');
  return /^#!.*python/.test(text)
    ? text.replaceAll(/^( {4})+/gm, (indent) => ' '.repeat(indent.length / 4)).replaceAll(/\n{2,}/g, '\n')
    : text;
}
