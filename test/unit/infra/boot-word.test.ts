import { describe, expect, it } from 'vitest';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';

// The controller looks for these two on an instance's console. They must be there for one reason each.
const good = 'phoenat: forwarding is on';
const bad = 'phoenat: cannot forward: ';

const files = readBootstrapFiles();
const code = Object.entries(files).map(([name, text]) => ({
  name,
  lines: text.split('\n').filter((line) => !/^ *# /.test(line)),
}));

/** Where a text stands in the code of the files. */
function places(text: string): string[] {
  return code.flatMap(({ name, lines }) =>
    lines.filter((line) => line.includes(text)).map((line) => `${name}: ${line.trim()}`),
  );
}

describe('what an instance says on its console', () => {
  it('is said as "phoenat: …"', () => {
    expect(places('say() ')).toEqual(['say.sh: say() { echo "phoenat: $*"; }']);
  });

  it(`is "${good}" by one function, called where packets pass`, () => {
    expect(places('forwarding is on')).toEqual([
      'say.sh: forwarding_is_on() { : >"$run/forwarded"; milestone forwarding; say "forwarding is on"; }',
    ]);
    expect(places('forwarding_is_on').map((place) => place.split(':')[0])).toEqual([
      'say.sh',
      'say.sh',
      'configure.sh',
      'bootstrap.sh',
      'bootstrap.sh',
      'names.sh',
    ]);
  });

  it(`is "${bad}…" by one function, called before the power goes off`, () => {
    expect(places('cannot forward')).toEqual(['say.sh: cannot_forward() { say "cannot forward: $*"; }']);
    expect(places('cannot_forward')).toEqual([
      'say.sh: cannot_forward() { say "cannot forward: $*"; }',
      'give-up.sh: cannot_forward "$1"',
    ]);
    expect(places('poweroff').map((place) => place.split(':')[0])).toEqual(['give-up.sh']);
  });

  it('reaches the console from every unit that may say it', () => {
    for (const unit of ['phoenat-nat.service', 'phoenat-names.service', 'phoenat-guard.service'] as const) {
      expect(files[unit]).toContain('\nStandardOutput=journal+console\n');
    }
  });
});

describe('the units', () => {
  it('are never waited for from a script: none is started without --no-block', () => {
    const started = places('systemctl ').filter((line) => /\b(start|restart|stop)\b|--now|\$1/.test(line));

    expect(started.map((line) => line.split(':')[0])).toEqual([
      'bootstrap.sh',
      'bootstrap.sh',
      'bootstrap.sh',
      'bootstrap.sh',
      'guard.sh',
      'extras.sh',
      'extras.sh',
      'extras.sh',
      'extras.sh',
    ]);
    expect(started.filter((line) => !line.includes('--no-block'))).toEqual([]);
  });
});
