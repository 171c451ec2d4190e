import { describe, expect, it } from 'vitest';
import { bootText } from '../../../../shared/core/report/boot.ts';

describe('a boot in a sentence', () => {
  it('says when it forwarded, and beside that what else is known', () => {
    const known = { instanceId: 'i-1', address: 9.2, rules: 9.48, forwarding: 9.6, health: 10.1, egress: 11 };

    expect(bootText(known)).toBe(
      'i-1 forwarded 9.6 s after its kernel started (address 9.2, rules 9.5, health 10.1, own egress 11.0)',
    );
    expect(bootText({ instanceId: 'i-1', forwarding: 9.6 })).toBe(
      'i-1 forwarded 9.6 s after its kernel started',
    );
  });

  it('is none of an instance that has not said that it forwards', () => {
    expect(bootText({ instanceId: 'i-1', rules: 9.5, health: 10.1 })).toBeUndefined();
  });
});
