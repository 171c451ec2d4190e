import { entriesOf, read, readIfThere } from '../../scripts/template-value.ts';

/** What a deployment would know: parameter values, and what AWS would answer for the resources that it makes. */
export type Deployment = {
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
  /** By `Resource.Attribute`. */
  readonly attributes: Readonly<Record<string, string>>;
};

const pseudoParameters: Deployment['parameters'] = {
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-central-1',
  'AWS::StackId':
    'arn:aws:cloudformation:eu-central-1:123456789012:stack/phoenat/1f6c2b80-9a4e-11f0-8d7b-0e5f3c2a1b99',
  'AWS::StackName': 'phoenat',
};

/** Stands for a property that is left out. */
const noValue = Symbol('AWS::NoValue');

/**
 * Resolves a template's functions as a deployment would: as many as this template uses, and no more. Throws on every
 * other function and on every name that is not there.
 */
export class Deploying {
  readonly #template: unknown;
  readonly #deployment: Deployment;

  constructor(template: unknown, deployment: Deployment) {
    this.#template = template;
    this.#deployment = deployment;
  }

  /** The value at this path of the template, for example `Resources`, `Controller`, `Properties`. */
  at(...path: readonly string[]): unknown {
    return this.#resolve(read(this.#template, path));
  }

  holds(condition: string): boolean {
    return this.at('Conditions', condition) === true;
  }

  #resolve(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((item) => this.#resolve(item)).filter((item) => item !== noValue);
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const entries = entriesOf(value);
    const [name, argument] = entries[0] ?? [];
    if (entries.length === 1 && name !== undefined && /^(Fn::|Ref$|Condition$)/.test(name)) {
      return this.#call(name, argument);
    }
    const resolved = entries.map(([key, inner]): [string, unknown] => [key, this.#resolve(inner)]);
    return Object.fromEntries(resolved.filter(([, inner]) => inner !== noValue));
  }

  #call(name: string, argument: unknown): unknown {
    if (typeof argument === 'string') {
      return this.#callWithText(name, argument);
    }
    const list = Array.isArray(argument) ? argument : [];
    if (name === 'Fn::If') {
      // Only the branch that is taken: the other may name a resource that is not made.
      return this.#resolve(this.holds(String(list[0])) ? list[1] : list[2]);
    }
    if (name === 'Fn::Sub') {
      return this.#substitute(String(list[0]), list[1]);
    }
    const [first, second, ...rest] = list.map((item) => this.#resolve(item));
    switch (name) {
      case 'Fn::GetAtt':
        return this.#attribute(`${String(first)}.${String(second)}`);
      case 'Fn::Join':
        return texts(second).join(String(first));
      case 'Fn::Split':
        return String(second).split(String(first));
      case 'Fn::Select':
        return texts(second)[Number(first)];
      case 'Fn::Equals':
        return first === second;
      case 'Fn::Not':
        return first !== true;
      case 'Fn::And':
        return [first, second, ...rest].every((item) => item === true);
      case 'Fn::Or':
        return [first, second, ...rest].some((item) => item === true);
      default:
        throw new Error(`${name} is not known here; add it to test/template/deployment.ts`);
    }
  }

  #callWithText(name: string, argument: string): unknown {
    switch (name) {
      case 'Ref':
        return this.#reference(argument);
      case 'Condition':
        return this.holds(argument);
      case 'Fn::GetAtt':
        return this.#attribute(argument);
      case 'Fn::Sub':
        return this.#substitute(argument, {});
      default:
        throw new Error(`${name} of a text is not known here; add it to test/template/deployment.ts`);
    }
  }

  #reference(name: string): unknown {
    if (name === 'AWS::NoValue') {
      return noValue;
    }
    const parameters = { ...pseudoParameters, ...this.#deployment.parameters };
    return parameters[name] ?? this.#fallback(name) ?? this.#attribute(name);
  }

  /** A list's default is a text with commas; an empty one is a list with one empty member, as CloudFormation has it. */
  #fallback(name: string): unknown {
    const value = readIfThere(this.#template, ['Parameters', name, 'Default']);
    const isList = readIfThere(this.#template, ['Parameters', name, 'Type']) === 'CommaDelimitedList';
    return isList ? String(value).split(',') : value;
  }

  #attribute(name: string): string {
    const condition = readIfThere(this.#template, ['Resources', name.split('.')[0] ?? '', 'Condition']);
    const value = this.#deployment.attributes[name];
    if (value === undefined || (typeof condition === 'string' && !this.holds(condition))) {
      throw new Error(`the template refers to ${name}, which this deployment does not have`);
    }
    return value;
  }

  #substitute(text: string, variables: unknown): string {
    return text.replaceAll(/\$\{([^}!]+)\}/g, (_whole, name: string) => {
      const own = readIfThere(variables, [name]);
      const value = own === undefined ? this.#referenceOrAttribute(name) : this.#resolve(own);
      if (typeof value !== 'string') {
        throw new Error(`\${${name}} is no text`);
      }
      return value;
    });
  }

  #referenceOrAttribute(name: string): unknown {
    return name.includes('.') ? this.#attribute(name) : this.#reference(name);
  }
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value)) {
    throw new Error('a list was expected');
  }
  return value.map(String);
}
