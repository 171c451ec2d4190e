import { describe, expect, it } from 'vitest';
import { readTargets } from '../../../functions/probe/read-targets.ts';

describe('the targets', () => {
  it('are those that the stack names', () => {
    const env = { PHOENAT_PROBE_TARGETS: 'https://one.example.com/,https://two.example.org/up' };

    expect(readTargets(env)).toEqual(['https://one.example.com/', 'https://two.example.org/up']);
  });

  it('are of independent operators where it names none', () => {
    expect(readTargets({}).map((target) => new URL(target).hostname)).toEqual([
      'checkip.amazonaws.com',
      'www.gstatic.com',
      '1.1.1.1',
    ]);
  });

  it('are what the filters let through where it names none', () => {
    const env = {
      PHOENAT_ALLOWED_DOMAINS: '.example.com,www.example.org',
      PHOENAT_EGRESS_ALLOW_LIST: '1.1.1.0/24',
    };

    expect(readTargets(env)).toEqual([
      'https://1.1.1.1/',
      'https://www.example.org/',
      'https://example.com/',
    ]);
  });

  it('cannot be read from what no deployment lets pass', () => {
    expect(() => readTargets({ PHOENAT_PROBE_TARGETS: 'http://example.com/' })).toThrow(
      'PHOENAT_PROBE_TARGETS[0]: expected an https:// address',
    );
  });
});
