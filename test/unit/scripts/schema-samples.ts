/**
 * Makes an input and an answer with every member that an SDK schema knows, from the schema itself. A schema is a tuple
 * that begins with its kind, or a number for a simple type, or a function that gives one of these, or a pair of one of
 * these and its traits.
 */
const listKind = 1;
const structureKind = 3;
const booleanType = 2;
const numberType = 1;
const textType = 0;
const blobType = 21;
const timestampTypes: readonly unknown[] = [4, 5, 6, 7];
/** Added to a simple type: a list of it. */
const listOfSimple = 64;
const deepest = 12;

type Leaf = 'text' | 'number' | 'boolean' | 'timestamp' | 'blob';
type Shape =
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'list'; readonly of: unknown }
  | { readonly kind: 'structure'; readonly members: readonly (readonly [name: string, schema: unknown])[] };

const sampleTime = '2026-01-02T03:04:05Z';

/** An input as a program would write it. */
export function sampleInput(schema: unknown, name = 'input', depth = 0): unknown {
  const shape = shapeOf(schema);
  switch (shape.kind) {
    case 'leaf':
      return leafValue(shape.leaf, name);
    case 'list':
      return [1, 2].map((position) => sampleInput(shape.of, `${name}-${position}`, depth + 1));
    case 'structure':
      return depth > deepest
        ? {}
        : Object.fromEntries(
            shape.members.map(([member, inner]) => [member, sampleInput(inner, member, depth + 1)]),
          );
  }
}

/** The inside of the XML element that EC2 would answer with. */
export function sampleXml(schema: unknown, name = 'answer', depth = 0): string {
  const shape = shapeOf(schema);
  switch (shape.kind) {
    case 'leaf':
      return leafXml(shape.leaf, name);
    case 'list':
      return [1, 2]
        .map((position) => element('item', sampleXml(shape.of, `${name}-${position}`, depth + 1)))
        .join('');
    case 'structure':
      return depth > deepest
        ? ''
        : shape.members
            .map(([member, inner]) => element(xmlName(inner) ?? member, sampleXml(inner, member, depth + 1)))
            .join('');
  }
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function leafValue(leaf: Leaf, name: string): unknown {
  switch (leaf) {
    case 'text':
      return `${name} <&>é`;
    case 'number':
      return name.length;
    case 'boolean':
      return true;
    case 'timestamp':
      return new Date(sampleTime);
    case 'blob':
      return new TextEncoder().encode(name);
  }
}

function leafXml(leaf: Leaf, name: string): string {
  switch (leaf) {
    case 'text':
      return `${name} &lt;&amp;&gt;é`;
    case 'number':
      return String(name.length);
    case 'boolean':
      return 'true';
    case 'timestamp':
      return sampleTime;
    case 'blob':
      return Buffer.from(name).toString('base64');
  }
}

function shapeOf(schema: unknown): Shape {
  const bare = withoutTraits(schema);
  if (typeof bare === 'number') {
    return bare >= listOfSimple
      ? { kind: 'list', of: bare - listOfSimple }
      : { kind: 'leaf', leaf: leafOf(bare) };
  }
  if (bare === 'unit') {
    return { kind: 'structure', members: [] };
  }
  if (!Array.isArray(bare)) {
    throw new Error(`no schema: ${String(bare)}`);
  }
  const parts: readonly unknown[] = bare;
  const [kind, , name, , fourth, fifth] = parts;
  switch (kind) {
    case 0:
      return { kind: 'leaf', leaf: leafOf(fourth) };
    case listKind:
      return { kind: 'list', of: fourth };
    case structureKind:
      return { kind: 'structure', members: membersOf(fourth, fifth) };
    default:
      throw new Error(`${String(name)} is of kind ${String(kind)}, which is not known here`);
  }
}

function membersOf(names: unknown, schemas: unknown): (readonly [string, unknown])[] {
  const all: readonly unknown[] = Array.isArray(schemas) ? schemas : [];
  return Array.isArray(names) ? names.map((name, index) => [String(name), all[index]] as const) : [];
}

function leafOf(type: unknown): Leaf {
  if (timestampTypes.includes(type)) {
    return 'timestamp';
  }
  switch (type) {
    case textType:
      return 'text';
    case numberType:
      return 'number';
    case booleanType:
      return 'boolean';
    case blobType:
      return 'blob';
    default:
      throw new Error(`the simple type ${String(type)} is not known here`);
  }
}

function withoutTraits(schema: unknown): unknown {
  if (typeof schema === 'function') {
    return withoutTraits(schema());
  }
  return isPairWithTraits(schema) ? withoutTraits(schema[0]) : schema;
}

function isPairWithTraits(schema: unknown): schema is [unknown, unknown] {
  return Array.isArray(schema) && schema.length === 2;
}

function xmlName(schema: unknown): string | undefined {
  const traits = isPairWithTraits(schema) ? schema[1] : undefined;
  const name: unknown =
    typeof traits === 'object' && traits !== null ? Reflect.get(traits, 'xmlName') : undefined;
  return typeof name === 'string' ? name : undefined;
}
