/** Markup as text that is safe to insert: whatever is not made by `element` is escaped. */
export type Markup = { readonly markup: string };

type Attribute = string | number | boolean | undefined;

/** An element of HTML or SVG; an attribute that is false or undefined is left out, one that is true has no value. */
export function element(
  name: string,
  attributes: Readonly<Record<string, Attribute>>,
  ...children: readonly (Markup | string)[]
): Markup {
  const words = Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [` ${key}`] : [` ${key}="${escaped(String(value))}"`];
  });
  return { markup: `<${name}${words.join('')}>${joined(children).markup}</${name}>` };
}

export function joined(parts: readonly (Markup | string)[]): Markup {
  return {
    markup: parts.map((part) => (typeof part === 'string' ? escaped(part) : part.markup)).join(''),
  };
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
