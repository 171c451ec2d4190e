import { describe, expect, it } from 'vitest';
import { type BootWord, readBootWord } from '../../../../shared/core/model/boot-word.ts';

const line = (text: string) => `[   41.271828] cloud-init[1304]: ${text}\r\n`;

describe('what a console says of the boot', () => {
  it.each<[string, string, BootWord]>([
    ['nothing', '', { kind: 'unknown', why: 'its console is empty' }],
    ['blanks', ' \r\n ', { kind: 'unknown', why: 'its console is empty' }],
    ['something else', line('Welcome to phoenat: forwarding'), { kind: 'silent' }],
    ['that it forwards', line('x') + line('phoenat: forwarding is on') + line('y'), { kind: 'forwards' }],
    [
      'that it cannot',
      line('phoenat: cannot forward: nftables cannot be installed') + line('Power down.'),
      { kind: 'cannot-forward', why: 'nftables cannot be installed' },
    ],
    [
      'that it cannot, without a reason',
      line('phoenat: cannot forward: '),
      { kind: 'cannot-forward', why: 'it does not say why' },
    ],
    [
      'that it could not, and now does',
      line('phoenat: cannot forward: no') + line('phoenat: forwarding is on'),
      { kind: 'forwards' },
    ],
    [
      'that it did, and now cannot',
      line('phoenat: forwarding is on') + line('phoenat: cannot forward: no'),
      { kind: 'cannot-forward', why: 'no' },
    ],
    [
      'that it could not, did, and now cannot',
      line('phoenat: cannot forward: once') +
        line('phoenat: forwarding is on') +
        line('phoenat: cannot forward: twice'),
      { kind: 'cannot-forward', why: 'twice' },
    ],
  ])('%s', (_what, output, word) => {
    expect(readBootWord(output)).toEqual(word);
  });

  it('is quoted in one short, printable line', () => {
    const word = readBootWord(`phoenat: cannot forward: \u001b[31mred\u0007 ${'x'.repeat(1_000)}`);

    expect(word.kind === 'cannot-forward' && word.why).toMatch(/^\[31mred +x{200,300}$/);
  });

  it('is looked for in what EC2 keeps, and no further', () => {
    expect(readBootWord(`phoenat: forwarding is on\n${'x'.repeat(70_000)}`)).toEqual({ kind: 'silent' });
    expect(readBootWord(`${'x'.repeat(1_000_000)}\nphoenat: forwarding is on\n`)).toEqual({
      kind: 'forwards',
    });
  });
});
