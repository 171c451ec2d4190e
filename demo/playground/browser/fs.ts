import template from '../../../template.yaml';

declare const PHOENAT_VERSION: string;

const files = new Map([
  ['package.json', JSON.stringify({ version: PHOENAT_VERSION })],
  ['template.yaml', template],
]);

/** `node:fs`, for the files of the repository that the simulator reads; they are in the page. */
export function readFileSync(url: URL): string {
  const name = url.pathname.replace(/.*\//, '');
  const text = files.get(name);
  if (text === undefined) throw new Error(`the page does not carry ${name}`);
  return text;
}
