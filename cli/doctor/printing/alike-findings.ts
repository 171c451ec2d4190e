import type { DoctorFinding } from '../inventory.ts';

/** Findings that say the same of several resources: the first as it is, and what the others differ in. */
export type Alike = {
  readonly finding: DoctorFinding;
  readonly others: readonly { readonly resource: string; readonly differs: readonly string[] }[];
};

// What may differ: ids with the names behind them, addresses and ranges, Availability Zones, letters of zones, parameters.
const item = String.raw`(?:[a-z]+-[0-9a-f]{8,17}(?: \([^()]*\))?|\d+\.\d+\.\d+\.\d+(?:\/\d+)?|[a-z]{2}(?:-[a-z]+)+-\d[a-z](?:-[a-z0-9-]+)?|(?<=zone )[a-z]\b|(?<=\bZone)[A-Z](?=[A-Z]))`;
const particulars = new RegExp(`${item}(?:, ?${item})*`, 'g');

/** In their order; each group where its first one stands. */
export function alikeFindings(findings: readonly DoctorFinding[]): Alike[] {
  const groups = Map.groupBy(findings, ({ severity, problem, fix }) =>
    [severity, problem, fix].map((text) => text.replaceAll(particulars, '…')).join('\n'),
  );
  return [...groups.values()].flatMap(([finding, ...others]) =>
    finding === undefined
      ? []
      : [
          {
            finding,
            others: others.map((other) => ({
              resource: other.resource,
              differs: differences(finding, other),
            })),
          },
        ],
  );
}

/** What another one says in the places of the first one's particulars, each once. */
function differences(first: DoctorFinding, other: DoctorFinding): string[] {
  const said = particularsOf(first);
  const own = particularsOf(other).filter((text, index) => text !== said[index] && text !== other.resource);
  return [...new Set(own)];
}

function particularsOf({ problem, fix }: DoctorFinding): string[] {
  return [problem, fix].flatMap((text) => text.match(particulars) ?? []);
}

export function likewise({ resource, differs }: Alike['others'][number]): string {
  return `The same of ${resource}${differs.length === 0 ? '.' : `: ${differs.join('; ')}.`}`;
}
