import { Fn, Token, Tokenization } from 'aws-cdk-lib';

// Options as CloudFormation's texts. Each may be, or hold, a token that is known at the deployment only.

export function text(value: string | undefined): string | undefined {
  return value;
}

export function number(value: number | undefined): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  return Token.isUnresolved(value) ? Tokenization.stringifyNumber(value) : String(value);
}

export function list(value: readonly string[] | undefined): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  // Fn.join takes no empty list.
  return value.length === 0 ? '' : Fn.join(',', [...value]);
}

export function onOrOff(value: boolean | undefined): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  return value ? 'on' : 'off';
}

export function tags(value: Readonly<Record<string, string>> | undefined): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const entries = Object.entries(value);
  const wrong = entries.find(
    ([key, text]) => /[=,]/.test(key) || (!Token.isUnresolved(text) && text.includes(',')),
  );
  if (wrong !== undefined) {
    throw new Error(`Phoenat: the tag ${wrong.join('=')} contains a comma, or its key an equals sign`);
  }
  return entries.map(([key, text]) => `${key}=${text}`).join(',');
}

export function present(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
