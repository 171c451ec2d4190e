import { asSent } from './as-sent.ts';

/**
 * The files of infra/nat-instance and where they go on the instance, some of them only where they are wanted. Kernel
 * settings are no business of /etc/sysctl.d: systemd-sysctl would switch forwarding on at a reboot long before the rules.
 */
const places = [
  // Those that an instance forwards with. The first is compressed apart: what comes after it is in one piece.
  { name: 'nat-batch.txt', folder: '/etc/phoenat', isFirst: true, goesWith: 'early' },
  { name: 'nat-settings.conf', folder: '/etc/phoenat', isFirst: true },
  { name: 'nat.nft', folder: '/etc/phoenat', isFirst: true },
  { name: 'say.sh', folder: '/etc/phoenat', isFirst: true },
  { name: 'stand-in.sh', folder: '/etc/phoenat', isFirst: true },
  { name: 'configure.sh', folder: '/etc/phoenat', isFirst: true },
  { name: 'rules.py', folder: '/etc/phoenat', isFirst: true, goesWith: 'early' },
  { name: 'look.sh', folder: '/etc/phoenat' },
  { name: 'bootstrap.sh', folder: '/etc/phoenat' },
  { name: 'give-up.sh', folder: '/etc/phoenat' },
  { name: 'health.sh', folder: '/etc/phoenat' },
  { name: 'connections.py', folder: '/etc/phoenat', goesWith: 'connections' },
  { name: 'neighbour.py', folder: '/etc/phoenat', goesWith: 'copy' },
  { name: 'guard.sh', folder: '/etc/phoenat' },
  { name: 'hand-over.sh', folder: '/etc/phoenat', goesWith: 'handOver' },
  { name: 'watch.py', folder: '/etc/phoenat', goesWith: 'metadata' },
  { name: 'held.py', folder: '/etc/phoenat', goesWith: 'paging' },
  { name: 'paging.py', folder: '/etc/phoenat', goesWith: 'paging' },
  { name: 'names.sh', folder: '/etc/phoenat', goesWith: 'names' },
  { name: 'squid.conf', folder: '/etc/phoenat', goesWith: 'names' },
  { name: 'phoenat-nat.service', folder: '/etc/systemd/system' },
  { name: 'phoenat-health.socket', folder: '/etc/systemd/system' },
  { name: 'phoenat-health@.service', folder: '/etc/systemd/system' },
  { name: 'phoenat-guard.socket', folder: '/etc/systemd/system' },
  { name: 'phoenat-guard.service', folder: '/etc/systemd/system' },
  {
    name: 'phoenat-hand-over.service',
    folder: '/etc/systemd/system',
    goesWith: 'handOver',
  },
  {
    name: 'phoenat-watch.service',
    folder: '/etc/systemd/system',
    goesWith: 'watch',
  },
  {
    name: 'phoenat-neighbour.service',
    folder: '/etc/systemd/system',
    goesWith: 'copy',
  },
  {
    name: 'phoenat-paging.service',
    folder: '/etc/systemd/system',
    goesWith: 'paging',
  },
  { name: 'phoenat-names.service', folder: '/etc/systemd/system', goesWith: 'names' },
  // The last of those that may follow: it is what tells that the others of its kind are there.
  { name: 'extras.sh', folder: '/etc/phoenat', goesWith: 'extras' },
] as const;

export type BootstrapFileName = (typeof places)[number]['name'];
/** Their contents: bundled into the functions, read from disk by tests and the demo. */
export type BootstrapFiles = Readonly<Record<BootstrapFileName, string>>;

/** Those that an instance can do without while it boots. */
export const extraFileNames = [
  'guard.sh',
  'phoenat-guard.socket',
  'phoenat-guard.service',
  'hand-over.sh',
  'phoenat-hand-over.service',
  'connections.py',
  'watch.py',
  'neighbour.py',
  'phoenat-neighbour.service',
  'held.py',
  'paging.py',
  'phoenat-paging.service',
  'phoenat-watch.service',
  'extras.sh',
] as const satisfies readonly BootstrapFileName[];
export type ExtraFiles = Readonly<Record<(typeof extraFileNames)[number], string>>;

export const bootstrapFileNames: readonly BootstrapFileName[] = places.map(({ name }) => name);

/** EC2 takes 16 KB of user data before its base64 encoding (EC2 User Guide, "Run commands at launch"). */
export const userDataLimitBytes = 16_384;

/** What is said goes to cloud-init's log and to the console, which EC2 shows. */
const forward = 'command -v systemctl && bash /etc/phoenat/configure.sh 2>&1 | tee /dev/console';

/**
 * Cloud-init does not wait for the unit to finish: a boot script that is retried would delay everything that comes after
 * cloud-init.
 */
const startUnit = [
  'if command -v systemctl; then',
  ' systemctl daemon-reload',
  ' systemctl enable phoenat-nat.service',
  ' systemctl start --no-block phoenat-nat.service',
  'fi',
];

/** Amazon's old NAT image has no systemd. It makes itself a NAT at each boot, and our script adds to that once. */
const addToOldImage = '  - command -v systemctl || bash /etc/phoenat/bootstrap.sh';

type Wants = {
  readonly names: boolean;
  readonly connections: boolean;
  readonly watch?: boolean;
  readonly handOver?: boolean;
  /** Whether clients are asked whose a packet of an unknown connection is. */
  readonly paging?: boolean;
  /** Whether the rules can be loaded before there is nft. */
  readonly early?: boolean;
  /** Those without which an instance forwards come from the zone's probe. */
  readonly extrasFollow?: boolean;
};

function isWanted(place: (typeof places)[number], { extrasFollow = false, ...wants }: Wants): boolean {
  const { connections, watch = false, handOver = false, paging = false } = wants;
  const inUse = {
    early: true,
    ...wants,
    copy: connections && watch,
    paging: connections && paging,
    // Both read the metadata service, by the same words.
    metadata: watch || (connections && paging),
    extras: connections || watch || handOver,
  };
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
  const written = places.flatMap(({ name, folder }) =>
    isExtra(name) ? [writeFile(`${folder}/${name}`, files[name])] : [],
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

/** By the shell that runs them, or by what a unit names: none needs to be executable. */
function writeFile(path: string, content: string): string {
  return `cat >${path} <<'END OF FILE'\n${asSent(content).trimEnd()}\nEND OF FILE`;
}

/**
 * The instance's user data, which cloud-init runs early in each boot, as soon as there is a network: it lets the instance
 * forward, writes the other files and starts the unit. `natEnv` is the content of /etc/phoenat/nat.env. The same input gives the same text, whatever the zone,
 * for its hash decides whether a running instance is up to date.
 */
export function renderUserData(files: BootstrapFiles, natEnv: string, wants: Wants): string {
  const wanted = places.filter((place) => isWanted(place, wants));
  const write = (chosen: typeof wanted) =>
    chosen.map(({ name, folder }) => writeFile(`${folder}/${name}`, files[name]));
  const script = [
    'mkdir -p /etc/phoenat',
    writeFile('/etc/phoenat/nat.env', natEnv),
    ...write(wanted.filter((place) => 'isFirst' in place)),
    forward,
    ...write(wanted.filter((place) => !('isFirst' in place))),
    ...startUnit,
  ];
  return ['#cloud-config', 'bootcmd:', '  - |', ...indented(script), 'runcmd:', addToOldImage, ''].join('\n');
}

/** A literal block keeps every line as it is; its lines are two spaces more than its key, and none may begin with a tab. */
function indented(script: readonly string[]): string[] {
  const lines = script.flatMap((part) => part.split('\n'));
  return lines.map((line) => (line === '' ? '' : `    ${line}`));
}
