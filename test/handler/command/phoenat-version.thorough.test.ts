import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AwsClients } from '../../../cli/session.ts';
import { inDepth } from '../../every-case.ts';
import { phoenat, settledAccount } from './run-phoenat.ts';

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
);

describe('the deployed version', () => {
  /** Status of a stack whose functions report `deployed`. */
  async function statusWith(deployed: string | undefined, line = 'status') {
    const account = await settledAccount();
    const { lambda } = account.aws;
    const send = async (command: never) => {
      const answer = await lambda.send(command);
      const { version: _, ...report } = JSON.parse(
        new TextDecoder().decode(Reflect.get(answer, 'Payload') as Uint8Array),
      );
      const changed = { ...report, ...(deployed === undefined ? {} : { version: deployed }) };
      return { ...(answer as object), Payload: new TextEncoder().encode(JSON.stringify(changed)) };
    };
    return await phoenat(account, line, { aws: { lambda: { send } as unknown as AwsClients['lambda'] } });
  }

  it('is shown, and nothing more where the command is of the same', async () => {
    const { out } = await phoenat(await settledAccount(), 'status');

    expect(out).toContain(`, version ${version}\n`);
    expect(out).not.toContain('this command');
  });

  it('is told where it is not the version of the command', async () => {
    const { out, exitCode } = await statusWith('7.0.1');

    expect(exitCode).toBe(0);
    expect(out).toContain(', version 7.0.1\n');
    expect(out).toContain(`phoenat is deployed with version 7.0.1, and this command is ${version}`);
  });

  inDepth('is said to be unknown where the functions do not tell it', async () => {
    const { out } = await statusWith(undefined);

    expect(out).toContain(', version unknown\n');
    expect(out).toContain(`so it is older than this command (${version})`);
  });

  inDepth('is in the JSON', async () => {
    const { out } = await statusWith('7.0.1', '--json status');

    expect(JSON.parse(out)).toMatchObject({ deployedVersion: '7.0.1', commandVersion: version });
  });
});
