import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { asSent } from '../../../infra/as-sent.ts';
import { renderNatEnv } from '../../../infra/nat-env.ts';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import {
  bootstrapFileNames,
  extraFileNames,
  renderExtras,
  renderUserData,
  userDataLimitBytes,
} from '../../../infra/user-data.ts';
import { userDataRoom } from '../../../scripts/user-data-room.ts';
import { encodeUserData } from '../../../shared/loop/prepare.ts';

const files = readBootstrapFiles();

const natEnv = renderNatEnv({
  clientCidrs: ['10.0.0.0/16'],
  traffic: 'web',
  allowList: [],
  allowedDomains: [],
});
const plain = { names: false, connections: true };

type Written = { readonly path: string; readonly content: string };

function scriptIn(userData: string): string {
  const parsed: { readonly bootcmd: string[] } = parse(userData);
  return parsed.bootcmd.join('\n');
}

function filesIn(userData: string): Written[] {
  const files = scriptIn(userData).matchAll(/^cat >(\S+) <<'END OF FILE'\n((?:.*\n)*?)END OF FILE$/gm);
  return [...files].map(([, path = '', content = '']) => ({ path, content }));
}

describe('renderUserData', () => {
  it('writes each file, the environment before them, forwards, and starts the unit without waiting for it', () => {
    const userData = renderUserData(files, natEnv, {
      names: true,
      connections: true,
      watch: true,
      handOver: true,
      paging: true,
    });
    const written = filesIn(userData);

    expect(userData.startsWith('#cloud-config\n')).toBe(true);
    expect(written[0]).toEqual({ path: '/etc/phoenat/nat.env', content: natEnv });
    expect(written.slice(1).map(({ path, content }) => [path.split('/').at(-1), content])).toEqual(
      bootstrapFileNames.map((name) => [name, asSent(files[name])]),
    );
    expect(scriptIn(userData)).toMatch(
      /^END OF FILE\nif command -v systemctl.*\n(?: .*\n)* systemctl start --no-block phoenat-nat\.service\nfi\n$/m,
    );
  });

  it('forwards as soon as it has written what that takes', () => {
    const [before = '', after = ''] = scriptIn(
      renderUserData(files, natEnv, { names: true, connections: true }),
    ).split(/^.* bash \/etc\/phoenat\/configure\.sh .*$/m);
    const namesIn = (script: string) =>
      [...script.matchAll(/^cat >(\S+) /gm)].map(([, path = '']) => basename(path));

    expect(namesIn(before)).toEqual([
      'nat.env',
      'nat-batch.txt',
      'nat-settings.conf',
      'nat.nft',
      'say.sh',
      'stand-in.sh',
      'configure.sh',
      'rules.py',
    ]);
    expect(namesIn(after)).toContain('bootstrap.sh');
  });

  it('leaves comments out, and nothing else: not the first line of a script, nor the marks of the ruleset', () => {
    const text = '#!/bin/bash\n# Why.\n  # Why here.\necho "# a" # b\n    #NAMES jump filtered\n';
    const userData = renderUserData({ ...files, 'say.sh': text }, natEnv, plain);

    expect(filesIn(userData).map(({ content }) => content)).toContain(
      '#!/bin/bash\necho "# a" # b\n    #NAMES jump filtered\n',
    );
  });

  it('indents Python by one space, without empty lines, and nothing else', () => {
    const block = 'if a:\n    if b:\n        c("    d")\n\n\n    e(\n        f,\n      g)\n';

    expect(asSent(`#!/usr/bin/python3\n# Why.\n${block}`)).toBe(
      '#!/usr/bin/python3\nif a:\n if b:\n  c("    d")\n e(\n  f,\n   g)\n',
    );
    expect(asSent(`#!/bin/bash\n${block}`)).toBe(`#!/bin/bash\n${block}`);
  });

  it('gives systemd no kernel settings: it would switch forwarding on at a reboot, before the rules', () => {
    const paths = filesIn(
      renderUserData(files, natEnv, { names: true, connections: true, watch: true, handOver: true }),
    ).map(({ path }) => path);

    expect(paths.filter((path) => path.includes('sysctl.d'))).toEqual([]);
  });

  it('leaves the name filter out where no names are given', () => {
    expect(
      filesIn(renderUserData(files, natEnv, plain)).filter(({ path }) => /squid|names/.test(path)),
    ).toEqual([]);
  });

  it('keeps empty lines, indentation, quotes, colons and a missing newline at the end', () => {
    const bootstrap = '#!/bin/bash\n\nif true; then\n  echo "a: \'b\' #c" \\\n\t| cat\nfi';
    const userData = renderUserData({ ...files, 'bootstrap.sh': bootstrap }, natEnv, plain);

    expect(filesIn(userData).map(({ content }) => content)).toContain(`${bootstrap}\n`);
  });

  it('is the same text for the same files: its hash decides whether an instance is up to date', () => {
    const again = renderUserData({ ...files }, natEnv, plain);
    const other = renderUserData(
      { ...files, 'nat.nft': `${files['nat.nft']}table ip more\n` },
      natEnv,
      plain,
    );

    expect(again).toBe(renderUserData(files, natEnv, plain));
    expect(other).not.toBe(again);
  });
});

describe('the extras, as a probe sends them', () => {
  const text = renderExtras(files);

  it('are a script that writes each of them as it is sent otherwise, and starts them', () => {
    const dir = mkdtempSync(join(tmpdir(), 'phoenat-extras-'));
    const script = text.replaceAll(/\/etc\/(phoenat|systemd\/system)/g, dir).replace(/^systemctl .*/m, '');
    const said = spawnSync('bash', ['-c', script.replace(/^bash .*/m, 'echo starts')], { encoding: 'utf8' });

    expect(said).toMatchObject({ status: 0, stdout: 'starts\n', stderr: '' });
    for (const name of extraFileNames) {
      const written = readFileSync(join(dir, name), 'utf8').replaceAll(dir, '/etc/phoenat');
      expect(written).toBe(asSent(files[name]));
    }
    rmSync(dir, { recursive: true });
  });

  it('fit into what an instance takes', () => {
    expect(Buffer.byteLength(text)).toBeLessThan(99_999);
    expect(text.match(/^END OF FILE$/gm)).toHaveLength(extraFileNames.length);
  });

  it('are the only files that are left out of the user data where they follow', () => {
    const wants = { names: true, connections: true, watch: true, handOver: true, paging: true };
    const paths = (extrasFollow: boolean) =>
      filesIn(renderUserData(files, natEnv, { ...wants, extrasFollow })).map(({ path }) => basename(path));
    const following = paths(true);

    expect(paths(false).filter((name) => !following.includes(name))).toEqual(
      expect.arrayContaining([...extraFileNames]),
    );
    expect(following).toHaveLength(paths(false).length - extraFileNames.length);
  });
});

describe('the user data as it is sent', () => {
  const sent = (names: boolean, early = true) =>
    Buffer.from(
      encodeUserData(renderUserData(files, natEnv, { names, connections: false, early })),
      'base64',
    );

  it('is compressed text that cloud-init unpacks', () => {
    const text = renderUserData(files, natEnv, { names: true, connections: false });

    expect(gunzipSync(sent(true)).toString()).toBe(text);
  });

  it('leaves what the lists can take: a function’s environment has 4 KB, and names shrink when they are compressed', () => {
    const left = userDataLimitBytes - sent(true, false).length;

    // 4,229 of 16,384 bytes when this was written.
    expect(left).toBeGreaterThan(3_584);
  });

  it('leaves as much whatever comes by the probe', () => {
    const wants = { names: true, connections: true, watch: true, handOver: true, extrasFollow: true };
    const left = (early: boolean) =>
      userDataLimitBytes -
      Buffer.from(encodeUserData(renderUserData(files, natEnv, { ...wants, early })), 'base64').length;

    // 6,581 of 16,384 bytes when this was written; 2,497 where the rules are loaded before there is nft.
    expect(left(false)).toBeGreaterThan(5_632);
    expect(left(true)).toBeGreaterThan(2_304);
  });

  it('has the recorded rules in a member of their own, which is shorter', () => {
    const text = renderUserData(files, natEnv, { names: true, connections: false });

    expect(gunzipSync(sent(true)).toString()).toBe(text);
    expect(sent(true).length).toBeLessThan(gzipSync(text, { level: 9 }).length - 256);
  });

  it('leaves room for lists with everything else switched on, and the rules before nft', () => {
    expect(userDataRoom()).toBeGreaterThan(2_048);
  });

  it('leaves the watch out where nobody watches', () => {
    const paths = (watch: boolean) =>
      filesIn(renderUserData(files, natEnv, { names: true, connections: false, watch })).filter(({ path }) =>
        /watch/.test(path),
      );

    expect(paths(false)).toEqual([]);
    expect(paths(true).map(({ path }) => path)).toEqual([
      '/etc/phoenat/watch.py',
      '/etc/systemd/system/phoenat-watch.service',
    ]);
  });

  it('copies no neighbour’s connections where they are not handed on either: it has no room for them', () => {
    const copying = (wants: { readonly connections: boolean; readonly watch: boolean }) =>
      filesIn(renderUserData(files, natEnv, { names: true, ...wants }))
        .map(({ path }) => basename(path))
        .filter((name) => /neighbour/.test(name));

    expect(copying({ connections: true, watch: true })).toEqual([
      'neighbour.py',
      'phoenat-neighbour.service',
    ]);
    expect(copying({ connections: false, watch: true })).toEqual([]);
    expect(copying({ connections: true, watch: false })).toEqual([]);
  });

  it('has room for as many names as the environment', () => {
    const allowedDomains = Array.from(
      { length: 400 },
      (_, n) => `x${((n + 1) * 7_919 ** 3).toString(36)}.com`,
    );
    const env = `${renderNatEnv({ clientCidrs: [], traffic: 'web', allowList: [], allowedDomains })}EXTRAS=${'f'.repeat(64)}\n`;
    const wants = {
      names: true,
      connections: true,
      watch: true,
      handOver: true,
      extrasFollow: true,
      early: false,
    };

    expect(allowedDomains.join(',').length).toBeGreaterThan(4_096);
    expect(() => encodeUserData(renderUserData(files, env, wants))).not.toThrow();
  });

  it('is refused before EC2 would refuse it, with what to shorten', () => {
    const noise = Array.from({ length: 40_000 }, (_, n) => ((n * 7_919) ** 2 % 104_729).toString(36)).join(
      '',
    );

    expect(() => encodeUserData(noise)).toThrow(
      /EgressAllowList and AllowedDomains: .*EC2 accepts 16384; shorten them/,
    );
  });
});
