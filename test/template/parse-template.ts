import { type CollectionTag, isCollection, parse, type ScalarTag, YAMLMap } from 'yaml';

const shortForms = ['And', 'Condition', 'Equals', 'GetAtt', 'If', 'Join', 'Not', 'Or', 'Ref', 'Sub'];

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

/** A CloudFormation template as plain values, its functions in their long form. Throws on anything that is not YAML. */
export function parseTemplate(text: string): unknown {
  return parse(text, { customTags });
}
