import { readFileSync } from 'node:fs';

const folder = new URL('../../infra/own-image/', import.meta.url);

/** The files that are put into an image of one's own, and where. */
const files = [
  { name: 'first.sh', path: '/usr/local/lib/phoenat/first.sh', permissions: '0644' },
  { name: 'phoenat-first.service', path: '/etc/systemd/system/phoenat-first.service', permissions: '0644' },
] as const;

/** What a builder runs, with its files: the same for every stack. */
export function builderScript(): string {
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
  const written = files.map(({ name, path, permissions }) => write(path, permissions, read(name)));
  return read('build.sh').replace('@FILES@\n', () => `${written.join('\n')}\n`);
}

function write(path: string, permissions: string, content: string): string {
  const end = 'END OF FILE';
  return [`  install -D -m ${permissions} /dev/stdin ${path} <<'${end}'`, content.trimEnd(), end].join('\n');
}
