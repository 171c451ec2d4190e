import { type Document, isMap, isSeq, parseDocument, Scalar, YAMLMap } from 'yaml';
import { type FunctionName, functionNames } from '../build.ts';

/** The parameters of the packaged template that say where the functions' code lies. */
export const bucketParameter = 'CodeBucket';
export const keyParameters: Readonly<Record<FunctionName, string>> = {
  controller: 'ControllerCodeKey',
  lifecycle: 'LifecycleCodeKey',
  probe: 'ProbeCodeKey',
};

/** The key of each function's archive. */
export type CodeKeys = Readonly<Record<FunctionName, string>>;

const header = ` Made from template.yaml by "npm run release": see docs/releasing.md. The code of the functions comes from a bucket that
 parameters name, and nothing is left for a transform to do: CAPABILITY_IAM is all that CloudFormation asks for.`;

/**
 * The template as CloudFormation takes it from a bucket, with its comments. The code of the functions is named by
 * parameters, whose keys are by default those of the release's archives; SAM's functions are Lambda's, with the same
 * logical names and properties, so that a stack may change from one way of deploying to the other; what only SAM reads
 * is gone.
 *
 * The SAM translator does as much, in Python, and gives JSON without comments. test:template compares its work with this.
 */
export function packagedTemplate(text: string, keys: CodeKeys): string {
  // Its warnings are about the short forms of functions, which stay as they are.
  const document = parseDocument(text, { logLevel: 'error' });
  const [problem] = document.errors;
  if (problem !== undefined) throw problem;
  addParameters(document, keys);
  const defaults = mapAt(document, 'Globals', 'Function');
  const resources = mapAt(document, 'Resources');
  for (const { key, value } of [...resources.items]) {
    if (!isMap(value)) throw new Error(`Resources.${key} is not a map`);
    const name = String(key);
    if (value.get('Type') === 'AWS::Serverless::Function') translate(document, { name, value, defaults });
    if (value.get('Type') === 'AWS::Lambda::Function') nameCode(name, value);
  }
  for (const name of ['Transform', 'Globals']) document.delete(name);
  document.deleteIn(['Metadata', 'AWS::ServerlessRepo::Application']);
  document.commentBefore = header;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function mapAt(document: Document, ...path: readonly string[]): YAMLMap {
  const found = document.getIn(path);
  if (!isMap(found)) throw new Error(`there is no map at ${path.join('.')}`);
  return found;
}

function addParameters(document: Document, keys: CodeKeys): void {
  const interfaceOf = ['Metadata', 'AWS::CloudFormation::Interface'];
  const parameters = mapAt(document, 'Parameters');
  const labels = mapAt(document, ...interfaceOf, 'ParameterLabels');
  const add = (name: string, label: string, parameter: object) => {
    parameters.set(name, document.createNode(parameter));
    labels.set(name, document.createNode({ default: label }, { flow: true }));
  };
  add(bucketParameter, 'Bucket', {
    Type: 'String',
    Description:
      "Name of the S3 bucket that holds the functions' archives. It must be in the stack's Region: Lambda takes code from no other.",
    AllowedPattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
    ConstraintDescription: 'the name of an S3 bucket, without s3://',
  });
  for (const name of functionNames) {
    add(keyParameters[name], `Key of the ${name} function`, {
      Type: 'String',
      Description: `Key of the ${name} function's archive in ${bucketParameter}. The default names this release's; give another if it was uploaded under a prefix.`,
      AllowedPattern: '^[^/].*\\.zip$',
      ConstraintDescription: 'the key of a .zip archive, without a slash in front',
      Default: keys[name],
    });
  }
  const groups = document.getIn([...interfaceOf, 'ParameterGroups']);
  if (!isSeq(groups)) throw new Error('there is no list of parameter groups');
  groups.add(
    document.createNode({
      Label: { default: 'Code of the functions' },
      Parameters: [bucketParameter, ...functionNames.map((name) => keyParameters[name])],
    }),
  );
}

type SamFunction = { readonly name: string; readonly value: YAMLMap; readonly defaults: YAMLMap };

/** What a function of ours has of SAM's properties. Any other has to be taught here. */
const ownToLambda = [
  'Architectures',
  'Description',
  'Environment',
  'Handler',
  'LoggingConfig',
  'MemorySize',
  'Role',
  'Runtime',
  'Timeout',
];

/** The function as the SAM translator makes it: with the globals, a tag, and its asynchronous invocations apart. */
function translate(document: Document, { name, value, defaults }: SamFunction): void {
  const properties = value.get('Properties');
  if (!isMap(properties)) throw new Error(`${name} has no properties`);
  const eventInvokeConfig = properties.get('EventInvokeConfig');
  const code = properties.get('CodeUri');
  if (!isMap(eventInvokeConfig) || typeof code !== 'string') throw new Error(`${name} lacks a property`);
  properties.delete('EventInvokeConfig');
  properties.delete('CodeUri');
  for (const { key, value: byDefault } of defaults.items) {
    // SAM merges maps of both; nothing of ours needs it.
    if (properties.has(String(key))) throw new Error(`${name} and Globals both have ${key}`);
    properties.set(String(key), isMap(byDefault) || isSeq(byDefault) ? byDefault.clone() : byDefault);
  }
  const unknown = properties.items.map(({ key }) => String(key)).find((key) => !ownToLambda.includes(key));
  if (unknown !== undefined) throw new Error(`${name} has ${unknown}, which cannot be translated yet`);
  properties.set('Code', code);
  properties.set('Tags', document.createNode([{ Key: 'lambda:createdBy', Value: 'SAM' }]));
  value.set('Type', 'AWS::Lambda::Function');
  addEventInvokeConfig(document, name, eventInvokeConfig);
}

function addEventInvokeConfig(document: Document, name: string, config: YAMLMap): void {
  // SAM's, by which it gives a role of its own making the right to send there; ours has it.
  config.deleteIn(['DestinationConfig', 'OnFailure', 'Type']);
  config.set('FunctionName', referenceTo(name));
  config.set('Qualifier', '$LATEST');
  const resource = new YAMLMap();
  resource.set('Type', 'AWS::Lambda::EventInvokeConfig');
  resource.set('Properties', config);
  const key = new Scalar(`${name}EventInvokeConfig`);
  key.spaceBefore = true;
  mapAt(document, 'Resources').set(key, resource);
}

function referenceTo(name: string): Scalar {
  const reference = new Scalar(name);
  reference.tag = '!Ref';
  return reference;
}

function nameCode(name: string, resource: YAMLMap): void {
  const folder = resource.getIn(['Properties', 'Code']);
  const built = functionNames.find((known) => folder === `functions/${known}/bundle`);
  if (built === undefined) throw new Error(`${name} has its code from ${folder}, which no build makes`);
  const code = new YAMLMap();
  code.set('S3Bucket', referenceTo(bucketParameter));
  code.set('S3Key', referenceTo(keyParameters[built]));
  resource.setIn(['Properties', 'Code'], code);
}
