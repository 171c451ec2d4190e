import { parameterGroups } from '../shared/config/parameters.ts';
import { entriesOf, read, readIfThere } from './template-value.ts';

// The stack's parameters as another tool takes them: as booleans, lists and maps instead of texts. What a zone has comes as
// one list of zones, so the parameters of zones are not among them.

export type InputKind = 'text' | 'number' | 'list' | 'switch' | 'tags';

export type Input = {
  readonly parameter: string;
  /** As the tool writes it. */
  readonly name: string;
  readonly kind: InputKind;
  /** As the template has it, as text; undefined: required. */
  readonly fallback: string | undefined;
  readonly description: string;
  /** Absent for a switch, which has two. */
  readonly allowed?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly constraint?: string;
};

export type InputGroup = { readonly label: string; readonly inputs: readonly Input[] };

export type Naming = {
  readonly nameOf: (parameter: string) => string;
  /** An output of the stack, in a sentence. */
  readonly outputOf: (output: string) => string;
  /** How a switch is set in a sentence: `standIn: true`, `stand_in = true`. */
  readonly assign: (name: string, value: string) => string;
  /** Where the template's words are about another tool. */
  readonly descriptions: Readonly<Record<string, string>>;
  /** What the parameters of zones are called in a sentence. */
  readonly zones: string;
};

export const zoneParameter = /^Zone[A-F](?:PublicSubnet|PrivateSubnets|AllocationId)$/;

/** Throws where the template lacks a parameter of the table. */
export function inputGroups(template: unknown, naming: Naming): readonly InputGroup[] {
  return parameterGroups().flatMap(({ label, parameters }) => {
    const inputs = parameters
      .map(({ name }) => name)
      .filter((name) => !zoneParameter.test(name))
      .map((name) => inputOf(name, template, naming));
    return inputs.length === 0 ? [] : [{ label, inputs }];
  });
}

function inputOf(parameter: string, template: unknown, naming: Naming): Input {
  const declared = read(template, ['Parameters', parameter]);
  const kind = kindOf(parameter, declared);
  const allowed = listIfThere(readIfThere(declared, ['AllowedValues']));
  const fallback = readIfThere(declared, ['Default']);
  return {
    parameter,
    name: naming.nameOf(parameter),
    kind,
    fallback: fallback === undefined ? undefined : String(fallback),
    description: describe(parameter, template, naming),
    ...(allowed !== undefined && kind !== 'switch' && { allowed }),
    ...numberIfThere('min', readIfThere(declared, ['MinValue'])),
    ...numberIfThere('max', readIfThere(declared, ['MaxValue'])),
    ...textIfThere('pattern', readIfThere(declared, ['AllowedPattern'])),
    ...textIfThere('constraint', readIfThere(declared, ['ConstraintDescription'])),
  };
}

function kindOf(parameter: string, declared: unknown): InputKind {
  const type = String(read(declared, ['Type']));
  if (isSwitch(declared)) {
    return 'switch';
  }
  if (parameter === 'Tags') {
    return 'tags';
  }
  if (type === 'Number') {
    return 'number';
  }
  return type === 'CommaDelimitedList' || type.startsWith('List<') ? 'list' : 'text';
}

function isSwitch(declared: unknown): boolean {
  const allowed = listIfThere(readIfThere(declared, ['AllowedValues']));
  return allowed !== undefined && [...allowed].sort().join() === 'off,on';
}

/** The template's sentence, in the words of a tool that has lists, booleans and names of its own. */
function describe(parameter: string, template: unknown, naming: Naming): string {
  const own = naming.descriptions[parameter];
  if (own !== undefined) {
    return own;
  }
  const declared = read(template, ['Parameters', parameter]);
  const text = String(read(declared, ['Description'])).trim();
  const switched = isSwitch(declared)
    ? text.replaceAll(/\bon: /g, 'true: ').replaceAll(/\boff: /g, 'false: ')
    : text;
  return renameParameters(switched, template, naming).replaceAll(/,? separated by commas/g, '');
}

const switchWords: Readonly<Record<string, string>> = { on: 'true', off: 'false' };

function renameParameters(text: string, template: unknown, naming: Naming): string {
  const outputs = text.replaceAll(
    /\boutput ([A-Z]\w+)/g,
    (_all, name: string) => `output ${naming.outputOf(name)}`,
  );
  const declared = entriesOf(read(template, ['Parameters'])).toSorted(([a], [b]) => b.length - a.length);
  return declared.reduce((sentence, [name, parameter]) => {
    const to = zoneParameter.test(name) ? naming.zones : naming.nameOf(name);
    const word = (value: string) => (isSwitch(parameter) ? (switchWords[value] ?? value) : value);
    return sentence
      .replaceAll(new RegExp(`\\b${name}=([\\w-]+)`, 'g'), (_all, value: string) =>
        naming.assign(to, word(value)),
      )
      .replaceAll(new RegExp(`\\b${name}\\b`, 'g'), to);
  }, outputs);
}

function listIfThere(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

function numberIfThere<K extends string>(key: K, value: unknown): Partial<Record<K, number>> {
  return typeof value === 'number' ? singleton(key, value) : {};
}

function textIfThere<K extends string>(key: K, value: unknown): Partial<Record<K, string>> {
  return typeof value === 'string' ? singleton(key, value.trim()) : {};
}

function singleton<K extends string, V>(key: K, value: V): Partial<Record<K, V>> {
  const object: Partial<Record<K, V>> = {};
  object[key] = value;
  return object;
}
