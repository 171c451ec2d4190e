/** What an instance's boot has said on its console of whether it forwards. */
export type BootWord =
  | { readonly kind: 'forwards' }
  | { readonly kind: 'cannot-forward'; readonly why: string }
  /** There is output, and not a word about forwarding: not there yet, or an image that does not say. */
  | { readonly kind: 'silent' }
  /** Nothing can be said: EC2 gave no output, or refused it. */
  | { readonly kind: 'unknown'; readonly why: string };

/** The last thing that the boot files say. Nothing else prints these lines (infra/nat-instance/say.sh). */
export const forwardingIsOn = 'phoenat: forwarding is on';
export const cannotForward = 'phoenat: cannot forward: ';

/** EC2 keeps 64 KB of a console (EC2 API Reference, GetConsoleOutput). */
const maxCharacters = 65_536;
const maxReasonCharacters = 300;

/**
 * The last word counts: a boot that failed may be tried again. A console is input from outside, whatever prints to it:
 * what is quoted of it is one line, printable and short.
 */
export function readBootWord(output: string): BootWord {
  const text = output.slice(-maxCharacters);
  if (text.trim() === '') {
    return { kind: 'unknown', why: 'its console is empty' };
  }
  const good = text.lastIndexOf(forwardingIsOn);
  const bad = text.lastIndexOf(cannotForward);
  if (good === bad) {
    return { kind: 'silent' };
  }
  return good > bad ? { kind: 'forwards' } : { kind: 'cannot-forward', why: lineAfter(text, bad) };
}

function lineAfter(text: string, at: number): string {
  const [line = ''] = text
    .slice(at + cannotForward.length, at + cannotForward.length + maxReasonCharacters)
    .split(/[\r\n]/);
  const printable = line.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  return printable === '' ? 'it does not say why' : printable;
}

/** Of this kind it is not asked again. */
export function isFinal({ kind }: BootWord): boolean {
  return kind === 'forwards' || kind === 'cannot-forward';
}
