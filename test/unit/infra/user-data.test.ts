import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import { renderUserData, userDataLimitBytes } from '../../../infra/user-data.ts';

const files = readBootstrapFiles();

describe('renderUserData', () => {
  it('writes each file as it lies in the repository, and starts the unit', () => {
    const userData = renderUserData(files);

    expect(userData.startsWith('#cloud-config\n')).toBe(true);
    expect(parse(userData)).toEqual({
      write_files: [
        { path: '/etc/sysctl.d/10-nat-settings.conf', permissions: '0644', content: files.sysctl },
        { path: '/etc/phoenat/nat.nft', permissions: '0644', content: files.nftables },
        { path: '/etc/phoenat/bootstrap.sh', permissions: '0755', content: files.bootstrap },
        { path: '/etc/systemd/system/phoenat-nat.service', permissions: '0644', content: files.service },
      ],
      runcmd: [expect.stringContaining('systemctl enable --now phoenat-nat.service')],
    });
  });

  it('keeps empty lines, indentation, quotes, colons and a missing newline at the end', () => {
    const bootstrap = '#!/bin/bash\n\nif true; then\n  echo "a: \'b\' #c" \\\n\t| cat\nfi';

    const parsed: unknown = parse(renderUserData({ ...files, bootstrap }));

    expect(parsed).toMatchObject({ write_files: [{}, {}, { content: `${bootstrap}\n` }, {}] });
  });

  it('is the same text for the same files: its hash decides whether an instance is up to date', () => {
    expect(renderUserData({ ...files })).toBe(renderUserData(files));
    expect(renderUserData({ ...files, sysctl: `${files.sysctl}# more\n` })).not.toBe(renderUserData(files));
  });

  it('leaves half of what EC2 takes for what is still to come', () => {
    expect(Buffer.byteLength(renderUserData(files))).toBeLessThan(userDataLimitBytes / 2);
  });

  it('refuses what EC2 would refuse, counted in bytes', () => {
    const sized = (bytes: number) => {
      const rest = Buffer.byteLength(renderUserData({ ...files, sysctl: 'é' })) - Buffer.byteLength('é');
      return renderUserData({
        ...files,
        sysctl: 'é'.repeat((bytes - rest) / 2) + 'x'.repeat((bytes - rest) % 2),
      });
    };

    expect(Buffer.byteLength(sized(16_384))).toBe(16_384);
    expect(() => sized(16_385)).toThrow('the user data has 16385 bytes, EC2 takes 16384');
  });
});
