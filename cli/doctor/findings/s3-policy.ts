/** What a gateway endpoint's policy means for what passes it. */
export type PolicyReading = {
  /** Any action on any bucket, by anybody, without a condition. */
  readonly isOpen: boolean;
  /** Plainly lets the package repositories of Amazon Linux 2023 be read. */
  readonly allowsPackages: boolean;
};

/** The package repositories of Amazon Linux 2023 are a bucket of AWS's in each Region. */
export function packagesArn(region: string): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `arn:${partition}:s3:::al2023-repos-${region}-de612dc2/*`;
}

/** Reads the policy with caution: what it cannot follow (a condition, other principals) is taken as not allowed. */
export function readS3Policy(policy: string | undefined, region: string): PolicyReading {
  // An endpoint that was created without a policy has AWS's default, which allows everything.
  if (policy === undefined || policy === '') {
    return { isOpen: true, allowsPackages: true };
  }
  const statements = parseStatements(policy);
  const allows = statements.filter((entry) => entry['Effect'] === 'Allow' && isUnconditional(entry));
  const denies = statements.filter((entry) => entry['Effect'] !== 'Allow');
  const objects = packagesArn(region).replace(/\*$/, 'core/latest');
  return {
    isOpen: denies.length === 0 && allows.some(coversEverything),
    allowsPackages:
      allows.some((entry) => concerns(entry, 's3:GetObject', objects)) &&
      !denies.some((entry) => concerns(entry, 's3:GetObject', objects)),
  };
}

type Statement = Readonly<Record<string, unknown>>;

/** Empty, which allows nothing, where the text is not a policy. */
function parseStatements(policy: string): Statement[] {
  const document = parseJson(policy);
  const statements: unknown = isRecord(document) ? document['Statement'] : undefined;
  return [statements].flat().filter(isRecord);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isUnconditional(entry: Statement): boolean {
  const principal = entry['Principal'];
  const named = isRecord(principal) ? principal['AWS'] : principal;
  return entry['Condition'] === undefined && texts(named).includes('*');
}

function coversEverything(entry: Statement): boolean {
  const actions = texts(entry['Action']);
  return (actions.includes('*') || actions.includes('s3:*')) && texts(entry['Resource']).includes('*');
}

function concerns(entry: Statement, action: string, arn: string): boolean {
  return matches(entry, 'Action', action) && matches(entry, 'Resource', arn);
}

function matches(entry: Statement, element: 'Action' | 'Resource', value: string): boolean {
  const excluded = entry[`Not${element}`];
  return excluded === undefined
    ? texts(entry[element]).some((pattern) => matchesPattern(pattern, value))
    : !texts(excluded).some((pattern) => matchesPattern(pattern, value));
}

/** IAM's patterns: `*` is any text and `?` any character. Actions are compared without regard to case. */
function matchesPattern(pattern: string, value: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  const expression = escaped.replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 'i').test(value);
}

function texts(value: unknown): string[] {
  return [value].flat().filter((entry) => typeof entry === 'string');
}
