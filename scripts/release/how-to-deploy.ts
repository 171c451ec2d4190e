import { type FunctionName, functionNames } from '../build.ts';
import { bucketParameter, keyParameters } from './packaged-template.ts';

/** A release in a bucket. */
export type Uploaded = {
  readonly bucket: string;
  readonly region: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  /** The names of the functions' archives. */
  readonly archives: Readonly<Record<FunctionName, string>>;
};

export const templateName = 'phoenat.template.yaml';

type CodeParameter = readonly [name: string, value: string];

/** Which archive is whose. */
function keysOf({ prefix, archives }: Pick<Uploaded, 'prefix' | 'archives'>): readonly CodeParameter[] {
  return functionNames.map((name) => [keyParameters[name], `${prefix}${archives[name]}`]);
}

/** As `--parameter-overrides` takes them, for archives that lie at the root of a bucket. */
export function codeKeys(archives: Uploaded['archives']): string {
  return `${keysOf({ prefix: '', archives })
    .map(([name, key]) => `${name}=${key}`)
    .join(' ')}\n`;
}

/** Each partition has domains of its own (AWS General Reference, "AWS service endpoints"). */
function domainsOf(region: string): { readonly console: string; readonly services: string } {
  if (region.startsWith('cn-')) return { console: 'console.amazonaws.cn', services: 'amazonaws.com.cn' };
  if (region.startsWith('us-gov-')) {
    return { console: 'console.amazonaws-us-gov.com', services: 'amazonaws.com' };
  }
  return { console: 'console.aws.amazon.com', services: 'amazonaws.com' };
}

/** The page of the console that asks for the other parameters and creates the stack. */
export function launchLink(uploaded: Uploaded): string {
  const { bucket, region, prefix } = uploaded;
  const { console: consoleDomain, services } = domainsOf(region);
  // By path: the certificate of S3's addresses does not cover a bucket whose name has a dot.
  const template = `https://s3.${region}.${services}/${bucket}/${prefix}${templateName}`;
  const query = new URLSearchParams({ templateURL: template, stackName: 'phoenat' });
  query.set(`param_${bucketParameter}`, bucket);
  // A stack that is created has the template's defaults, which name the archives without a prefix.
  for (const [name, key] of prefix === '' ? [] : keysOf(uploaded)) query.set(`param_${name}`, key);
  return `https://${consoleDomain}/cloudformation/home?region=${region}#/stacks/create/review?${query}`;
}

/**
 * What a person types, with the parameters of the VPC to be filled in. With the keys: the AWS CLI keeps the former value of
 * a parameter that is not given, whatever the new template's default is, and with it the former release's code.
 */
export function deployCommand(uploaded: Uploaded, templateFile: string): string {
  const { bucket, region, prefix } = uploaded;
  const keys = keysOf(uploaded).map(([name, key]) => `${name}=${quoted(key)}`);
  return [
    `aws cloudformation deploy --region ${region} --stack-name phoenat --capabilities CAPABILITY_IAM`,
    `  --template-file ${quoted(templateFile)} --s3-bucket ${bucket}${prefix === '' ? '' : ` --s3-prefix ${quoted(prefix.slice(0, -1))}`}`,
    `  --parameter-overrides ${bucketParameter}=${bucket} ${keys.join(' ')}`,
    '  VpcId=vpc-… ClientCidrs=… ZoneAPublicSubnet=subnet-… ZoneAPrivateSubnets=subnet-…',
  ].join(' \\\n  ');
}

function quoted(text: string): string {
  return /^[\w./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
