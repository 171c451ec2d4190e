import type { SeedFile } from './machine.ts';

const program = (name: string, lines: readonly string[]): SeedFile => ({
  path: `/usr/local/sbin/${name}`,
  permissions: '0755',
  content: ['#!/bin/bash', ...lines, ''].join('\n'),
});
export const unit = (name: string, lines: readonly string[]): SeedFile => ({
  path: `/etc/systemd/system/${name}`,
  content: [...lines, ''].join('\n'),
});

/** Amazon Linux's package manager, which this machine has not: it brings nft and Squid after `failures` refusals. */
export function dnf(failures: number): SeedFile[] {
  return [
    { path: '/opt/refusals', content: `${failures}\n` },
    program('dnf', [
      'read -r left </opt/refusals',
      'if [ "$left" -gt 0 ]; then echo $((left - 1)) >/opt/refusals; echo "dnf: no route to host" >&2; exit 1; fi',
      // Long enough to be seen by who watches for forwarding without rules.
      'sleep 0.5',
      'for package in "$@"; do :; done',
      '[ "$package" = nftables ] && package=nft',
      'cp "/opt/packages/$package" /usr/sbin/',
    ]),
  ];
}

/** A Python that cannot load rules, as on a kernel that refuses them. */
export const refusingPython: SeedFile[] = [
  program('python3', ['echo "the kernel refuses them with error 95"; exit 1']),
];

/** A package manager that hangs. */
export const hangingDnf: SeedFile[] = [program('dnf', ['sleep 1000'])];

/**
 * Writes to /run/early when packets are forwarded and the rules are not there, and to /run/untrue when forwarding is said
 * to be on (the mark is set just before that) without rules or setting. From the first moment of each boot.
 */
export const watch: SeedFile[] = [
  program('watch-forwarding', [
    'while true; do',
    '  said=""; [ ! -e /run/phoenat/forwarded ] || said=yes',
    '  read -r on </proc/sys/net/ipv4/ip_forward',
    '  if [ "$on" = 1 ] && ! /opt/packages/nft list table ip phoenat >/dev/null 2>&1; then echo early >>/run/early; fi',
    '  if [ -n "$said" ] && ! { [ "$on" = 1 ] && /opt/packages/nft list table ip phoenat 2>/dev/null | grep -q masquerade; }; then echo untrue >>/run/untrue; fi',
    '  sleep 0.02',
    'done',
  ]),
  unit('watch.service', [
    '[Unit]',
    'DefaultDependencies=no',
    'Before=systemd-sysctl.service',
    '[Service]',
    'ExecStart=/usr/local/sbin/watch-forwarding',
  ]),
  unit('sysinit.target.d/watch.conf', ['[Unit]', 'Wants=watch.service']),
];

/** A NAT of the image's own, as fck-nat has it: it switches forwarding on after cloud-init, at every boot. */
export const ownNat: SeedFile[] = [
  unit('fck-nat.service', [
    '[Unit]',
    'Wants=network-online.target',
    'After=network-online.target',
    'After=cloud-final.service',
    '[Service]',
    'Type=oneshot',
    'ExecStart=/bin/sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward"',
    '[Install]',
    'WantedBy=multi-user.target',
  ]),
];

/** What an image's own network is kept by: stopped, it takes the address with it, and the rules. */
export const ownNetwork: SeedFile[] = [
  unit('systemd-networkd.service', [
    '[Unit]',
    'DefaultDependencies=no',
    'Conflicts=shutdown.target',
    'Before=network.target shutdown.target',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'ExecStart=/bin/true',
    'ExecStop=/bin/ip address flush dev ens5',
  ]),
  unit('nftables.service', [
    '[Unit]',
    'DefaultDependencies=no',
    'Conflicts=shutdown.target',
    'Before=network-pre.target shutdown.target',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    'ExecStart=/bin/true',
    'ExecStop=/usr/sbin/nft flush ruleset',
  ]),
  unit('sysinit.target.d/network.conf', ['[Unit]', 'Wants=systemd-networkd.service nftables.service']),
];

/** The command that gives an image a kernel setting that switches forwarding on. */
export const ownSetting = 'echo net.ipv4.ip_forward=1 >/etc/sysctl.d/50-image.conf';

/** A machine of 512 MB; swap is recorded with whether packets were forwarded by then, since it would be this machine's. */
export const smallMemory: SeedFile[] = [
  { path: '/opt/meminfo', content: 'MemTotal:         480000 kB\n' },
  ...['fallocate', 'dd', 'mkswap', 'swapon'].map((name) =>
    program(name, [
      `echo "${name} $(cat /proc/sys/net/ipv4/ip_forward)" >>/run/swap`,
      name === 'swapon' ? '[ -e /opt/is-swap ]' : '',
      name === 'mkswap' ? 'touch /opt/is-swap' : '',
    ]),
  ),
];

/** The units' patience, shortened. */
export const impatient: SeedFile[] = [
  ...['phoenat-nat', 'phoenat-names'].map((name) =>
    unit(`${name}.service.d/test.conf`, [
      '[Service]',
      'RestartSec=500ms',
      'Environment=PATIENCE_SECONDS=0 LINGER_SECONDS=1',
    ]),
  ),
];

/** The guard gives its word once a minute. */
export const hastyWatchdog: SeedFile[] = [
  unit('phoenat-guard.service.d/watchdog.conf', ['[Service]', 'WatchdogSec=85']),
];

export const shortTimeout: SeedFile[] = [
  unit('phoenat-nat.service.d/timeout.conf', ['[Service]', 'TimeoutStartSec=1']),
];

/** A Squid that cannot start. */
export const brokenSquid: SeedFile[] = [
  { path: '/usr/sbin/squid', permissions: '0755', content: '#!/bin/sh\nexit 1\n' },
];

/** Images that are made for NAT come with iptables. */
export const keepIptables: SeedFile[] = [{ path: '/opt/keep-iptables', content: '' }];

/** Questions to the outside wait as long as /run/hold is there; one to this machine itself does not. */
export const heldQuestions: SeedFile[] = [
  program('timeout', [
    'case "$*" in',
    '  */dev/tcp/127.0.0.1/*) ;;',
    '  */dev/tcp/*) while [ -e /run/hold ]; do sleep 0.1; done ;;',
    'esac',
    'exec /usr/bin/timeout "$@"',
  ]),
];

/** An nft that finds nothing wrong when it is asked beforehand, as with a kernel that has half of the flow table. */
export const credulousNft: SeedFile[] = [
  program('nft', ['if [ "$1" = --check ]; then cat >/dev/null; exit 0; fi', 'exec /opt/packages/nft "$@"']),
];

/** An nft whose kernel has no copies of packets. */
export const nftWithoutCopies: SeedFile[] = [
  program('nft', [
    'case "$*" in',
    '  *"--file -")',
    '    text=$(cat)',
    '    case $text in *"dup to"*) echo "/dev/stdin:9:1-9: Error: Could not process rule: No such file or directory" >&2; exit 1 ;; esac',
    '    exec /opt/packages/nft "$@" <<<"$text" ;;',
    'esac',
    'exec /opt/packages/nft "$@"',
  ]),
];

/** An nft that cannot load anything as often as /opt/busy says. */
export const stubbornNft: SeedFile[] = [
  program('nft', [
    'left=0; [ ! -e /opt/busy ] || read -r left </opt/busy',
    'if [ "$1" = --file ] && [ "$left" -gt 0 ]; then',
    '  echo $((left - 1)) >/opt/busy; echo "Error: Could not process rule: Device or resource busy" >&2; exit 1',
    'fi',
    'exec /opt/packages/nft "$@"',
  ]),
];
