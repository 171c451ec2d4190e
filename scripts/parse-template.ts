import { type CollectionTag, isCollection, parseDocument, type ScalarTag, YAMLMap } from 'yaml';

const shortForms = [
  'And',
  'Condition',
  'Equals',
  'GetAtt',
  'GetAZs',
  'If',
  'Join',
  'Not',
  'Or',
  'Ref',
  'Select',
  'Split',
  'Sub',
];

/** The long form of each: `!Join […]` is short for `Fn::Join: […]`, `!GetAtt A.B` for `Fn::GetAtt: A.B`. */
const customTags = shortForms.flatMap((name): (ScalarTag | CollectionTag)[] => {
  const key = name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
  const tag = `!${name}`;
  return [
    { tag, resolve: (argument) => ({ [key]: argument }) },
    {
      tag,
      collection: 'seq',
      resolve: (list, onError) => {
        if (!isCollection(list)) {
          onError(`${tag} takes a list or a text`);
        }
        const call = new YAMLMap();
        call.set(key, list);
        return call;
      },
    },
  ];
});

/**
 * A CloudFormation template as plain values, its functions in their long form. Throws on anything that is not YAML, and
 * on a short form that is not known here.
 */
export function parseTemplate(text: string): unknown {
  const document = parseDocument(text, { customTags });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw problem;
  return document.toJS();
}
