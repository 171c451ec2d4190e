/** The files of infra/nat-instance as text: bundled into the Lambda, read from disk by tests and the demo. */
export type BootstrapFiles = {
  readonly sysctl: string;
  readonly nftables: string;
  readonly bootstrap: string;
  readonly service: string;
};

/** EC2 takes 16 KB of user data before its base64 encoding (EC2 User Guide, "Run commands at launch"). */
export const userDataLimitBytes = 16_384;

/** Amazon's old NAT image has no systemd. It makes itself a NAT at each boot, and our script adds to that once. */
const startUnit = [
  '  - |',
  '    if command -v systemctl; then',
  '      systemctl daemon-reload && systemctl enable --now phoenat-nat.service',
  '    else',
  '      bash /etc/phoenat/bootstrap.sh',
  '    fi',
];

/**
 * The instance's user data: cloud-init writes the files and starts the unit. The same files give the same text, whatever
 * the zone, for its hash decides whether a running instance is up to date. Throws when it is too long for EC2.
 */
export function renderUserData(files: BootstrapFiles): string {
  const text = [
    '#cloud-config',
    'write_files:',
    ...writeFile('/etc/sysctl.d/10-nat-settings.conf', '0644', files.sysctl),
    ...writeFile('/etc/phoenat/nat.nft', '0644', files.nftables),
    ...writeFile('/etc/phoenat/bootstrap.sh', '0755', files.bootstrap),
    ...writeFile('/etc/systemd/system/phoenat-nat.service', '0644', files.service),
    'runcmd:',
    ...startUnit,
    '',
  ].join('\n');
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > userDataLimitBytes) {
    throw new Error(`the user data has ${bytes} bytes, EC2 takes ${userDataLimitBytes}`);
  }
  return text;
}

/** A literal block keeps every line as it is; two spaces more than its key, and no line may begin with a tab. */
function writeFile(path: string, permissions: string, content: string): string[] {
  const lines = content.trimEnd().split('\n');
  return [
    `  - path: ${path}`,
    `    permissions: "${permissions}"`,
    '    content: |',
    ...lines.map((line) => (line === '' ? '' : `      ${line}`)),
  ];
}
