import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { entriesOf, read } from '../../scripts/template-value.ts';

// What the CDK CLI does before it deploys, in a cloud that asks for no signatures.

export type Target = { readonly endpoint: string; readonly account: string; readonly region: string };

/** What `cdk bootstrap` leaves behind, as far as a deployment asks for it. */
export async function bootstrap({ endpoint, account, region }: Target): Promise<void> {
  await send(`${endpoint}/cdk-hnb659fds-assets-${account}-${region}`, { method: 'PUT' });
  await send(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.PutParameter',
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${region}/ssm/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' }),
  });
}

/** Uploads all assets of a stack, its own template among them. */
export async function uploadAssets(
  outdir: string,
  stack: string,
  target: Target,
): Promise<readonly string[]> {
  const manifest: unknown = JSON.parse(await readFile(join(outdir, `${stack}.assets.json`), 'utf8'));
  const keys: string[] = [];
  for (const [, asset] of entriesOf(read(manifest, ['files']))) {
    const content = await readFile(join(outdir, String(read(asset, ['source', 'path']))));
    for (const [, destination] of entriesOf(read(asset, ['destinations']))) {
      const key = String(read(destination, ['objectKey']));
      const bucket = withAccount(String(read(destination, ['bucketName'])), target);
      await send(`${target.endpoint}/${bucket}/${key}`, { method: 'PUT', body: new Uint8Array(content) });
      keys.push(key);
    }
  }
  return keys;
}

function withAccount(text: string, { account, region }: Target): string {
  return text.replaceAll(/\$\{AWS::(AccountId|Region)\}/g, (_all, what) =>
    what === 'Region' ? region : account,
  );
}

async function send(url: string, init: RequestInit): Promise<void> {
  const answer = await fetch(url, init);
  if (!answer.ok) {
    throw new Error(`${init.method} ${url}: ${answer.status} ${await answer.text()}`);
  }
}
