import { asSent } from './as-sent.ts';

/**
 * The files of infra/nat-instance and where they go on the instance, some of them only where they are wanted. Kernel
 * settings are no business of /etc/sysctl.d: systemd-sysctl would switch forwarding on at a reboot long before the rules.
 */
const places = [
  { name: 'nat-settings.conf', folder: '/etc/phoenat', permissions: '0644' },
  { name: 'nat.nft', folder: '/etc/phoenat', permissions: '0644' },
  { name: 'say.sh', folder: '/etc/phoenat', permissions: '0755' },
  { name: 'look.sh', folder: '/etc/phoenat', permissions: '0755' },
  { name: 'stand-in.sh', folder: '/etc/phoenat', permissions: '0755' },
  { name: 'configure.sh', folder: '/etc/phoenat', permissions: '0755' },
  { name: 'bootstrap.sh', folder: '/etc/phoenat', permissions: '0755' },
  { name: 'give-up.sh', folder: '/etc/phoenat', permissions: '0755' },
  { name: 'health.sh', folder: '/etc/phoenat', permissions: '0755' },
  { name: 'connections.py', folder: '/etc/phoenat', permissions: '0755', goesWith: 'connections' },
  { name: 'neighbour.py', folder: '/etc/phoenat', permissions: '0755', goesWith: 'copy' },
  { name: 'guard.sh', folder: '/etc/phoenat', permissions: '0755' },
  { name: 'hand-over.sh', folder: '/etc/phoenat', permissions: '0755', goesWith: 'handOver' },
  { name: 'watch.py', folder: '/etc/phoenat', permissions: '0755', goesWith: 'watch' },
  { name: 'names.sh', folder: '/etc/phoenat', permissions: '0755', goesWith: 'names' },
  { name: 'squid.conf', folder: '/etc/phoenat', permissions: '0644', goesWith: 'names' },
  { name: 'phoenat-nat.service', folder: '/etc/systemd/system', permissions: '0644' },
  { name: 'phoenat-health.socket', folder: '/etc/systemd/system', permissions: '0644' },
  { name: 'phoenat-health@.service', folder: '/etc/systemd/system', permissions: '0644' },
  { name: 'phoenat-guard.socket', folder: '/etc/systemd/system', permissions: '0644' },
  { name: 'phoenat-guard.service', folder: '/etc/systemd/system', permissions: '0644' },
  {
    name: 'phoenat-hand-over.service',
    folder: '/etc/systemd/system',
    permissions: '0644',
    goesWith: 'handOver',
  },
  {
    name: 'phoenat-watch.service',
    folder: '/etc/systemd/system',
    permissions: '0644',
    goesWith: 'watch',
  },
  {
    name: 'phoenat-neighbour.service',
    folder: '/etc/systemd/system',
    permissions: '0644',
    goesWith: 'copy',
  },
  { name: 'phoenat-names.service', folder: '/etc/systemd/system', permissions: '0644', goesWith: 'names' },
  // The last: it is what tells that the others of its kind are there.
  { name: 'extras.sh', folder: '/etc/phoenat', permissions: '0755', goesWith: 'extras' },
] as const;

export type BootstrapFileName = (typeof places)[number]['name'];
/** Their contents: bundled into the functions, read from disk by tests and the demo. */
export type BootstrapFiles = Readonly<Record<BootstrapFileName, string>>;

/** Those that an instance can do without while it boots. */
export const extraFileNames = [
  'hand-over.sh',
  'phoenat-hand-over.service',
  'connections.py',
  'watch.py',
  'neighbour.py',
  'phoenat-neighbour.service',
  'phoenat-watch.service',
  'extras.sh',
] as const satisfies readonly BootstrapFileName[];
export type ExtraFiles = Readonly<Record<(typeof extraFileNames)[number], string>>;

export const bootstrapFileNames: readonly BootstrapFileName[] = places.map(({ name }) => name);

/** EC2 takes 16 KB of user data before its base64 encoding (EC2 User Guide, "Run commands at launch"). */
export const userDataLimitBytes = 16_384;

/**
 * Cloud-init does not wait for the unit to finish: a boot script that is retried would delay everything that comes after
 * cloud-init. Amazon's old NAT image has no systemd. It makes itself a NAT at each boot, and our script adds to that once.
 */
const startUnit = [
  '  - |',
  '    if command -v systemctl; then',
  '      systemctl daemon-reload && systemctl enable phoenat-nat.service',
  '      systemctl start --no-block phoenat-nat.service',
  '    else',
  '      bash /etc/phoenat/bootstrap.sh',
  '    fi',
];

type Wants = {
  readonly names: boolean;
  readonly connections: boolean;
  readonly watch?: boolean;
  readonly handOver?: boolean;
  /** Those without which an instance forwards come from the zone's probe. */
  readonly extrasFollow?: boolean;
};

function isWanted(place: (typeof places)[number], { extrasFollow = false, ...wants }: Wants): boolean {
  const { connections, watch = false, handOver = false } = wants;
  const inUse = { ...wants, copy: connections && watch, extras: connections || watch || handOver };
  const isInUse = !('goesWith' in place) || inUse[place.goesWith] === true;
  return isInUse && !(extrasFollow && isExtra(place.name));
}

function isExtra(name: BootstrapFileName): name is keyof ExtraFiles {
  return extraFileNames.some((extra) => extra === name);
}

/**
 * What an instance can do without while it boots, as a shell script that writes it: where it does not fit into the user
 * data, the zone's probe sends it. An instance knows its hash from its user data, and runs nothing else.
 */
export function renderExtras(files: ExtraFiles): string {
  const written = places.flatMap(({ name, folder, permissions }) =>
    isExtra(name) ? [writeByShell(`${folder}/${name}`, permissions, files[name])] : [],
  );
  return [
    '#!/bin/bash',
    'set -e',
    ...written,
    'systemctl daemon-reload',
    'bash /etc/phoenat/extras.sh',
    '',
  ].join('\n');
}

function writeByShell(path: string, permissions: string, content: string): string {
  const text = asSent(content).trimEnd();
  return `cat >${path} <<'END OF FILE'\n${text}\nEND OF FILE\nchmod ${permissions} ${path}`;
}

/**
 * The instance's user data: cloud-init writes the files and starts the unit. `natEnv` is the content of
 * /etc/phoenat/nat.env. The same input gives the same text, whatever the zone, for its hash decides whether a running
 * instance is up to date.
 */
export function renderUserData(files: BootstrapFiles, natEnv: string, wants: Wants): string {
  const written = places.filter((place) => isWanted(place, wants));
  return [
    '#cloud-config',
    'write_files:',
    ...writeFile('/etc/phoenat/nat.env', '0644', natEnv),
    ...written.flatMap(({ name, folder, permissions }) =>
      writeFile(`${folder}/${name}`, permissions, files[name]),
    ),
    'runcmd:',
    ...startUnit,
    '',
  ].join('\n');
}

/** A literal block keeps every line as it is; two spaces more than its key, and no line may begin with a tab. */
function writeFile(path: string, permissions: string, content: string): string[] {
  const lines = asSent(content).trimEnd().split('\n');
  return [
    `  - path: ${path}`,
    `    permissions: "${permissions}"`,
    '    content: |',
    ...lines.map((line) => (line === '' ? '' : `      ${line}`)),
  ];
}
