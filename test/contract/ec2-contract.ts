import { describe, expect, test, vi } from 'vitest';
import { everyEc2Command } from '../../simulator/ec2/calls.ts';
import { addressChecks } from './address-checks.ts';
import type { Contract } from './contract.ts';
import { type DivergenceId, divergenceIds, divergences } from './divergences.ts';
import { imageChecks } from './image-checks.ts';
import { instanceChecks } from './instance-checks.ts';
import { interfaceChecks } from './interface-checks.ts';
import { launchChecks } from './launch-checks.ts';
import { networkChecks } from './network-checks.ts';
import { offeringChecks } from './offering-checks.ts';
import { routeChecks } from './route-checks.ts';
import type { Subject, SubjectName } from './subject.ts';
import { tagChecks } from './tag-checks.ts';
import { terminationChecks } from './termination-checks.ts';

/**
 * Defines one suite of tests that holds an implementation of EC2 to what AWS documents, in the shapes that the
 * controller uses. `makeSubject` gives a fresh VPC for each check.
 */
export function defineEc2Contract(name: SubjectName, makeSubject: () => Promise<Subject>): void {
  describe(`the EC2 contract, kept by ${name}`, () => {
    const calls = new Set<string>();
    const used = new Set<DivergenceId>();

    async function perform<T>(body: (subject: Subject) => Promise<T>): Promise<T> {
      const subject = await makeSubject();
      const send = vi.spyOn(subject.ec2, 'send');
      try {
        return await body(subject);
      } finally {
        for (const [command] of send.mock.calls) calls.add(nameOf(command));
        send.mockRestore();
      }
    }

    const contract: Contract = {
      check: (title, body) => {
        test(title, () => perform(body));
      },
      diverging: (id, body) => {
        used.add(id);
        const { behaviour, aws, [name]: departure } = divergences[id];
        const expected = departure === 'as-aws' ? aws : departure;
        const title = departure === 'as-aws' ? '' : ` (departs: ${id})`;
        test(`${behaviour}: ${expected.does}${title}`, async () => {
          expect(await perform(body)).toEqual(expected.outcome);
        });
      },
    };

    for (const [chapter, checks] of chapters) describe(chapter, () => checks(contract));

    test('every recorded divergence has its check, and differs from AWS', () => {
      expect([...used].sort()).toEqual([...divergenceIds].sort());
      for (const id of divergenceIds) {
        const { aws, simulator, moto } = divergences[id];
        const departures = [simulator, moto].filter((behaviour) => behaviour !== 'as-aws');
        expect(departures, id).not.toEqual([]);
        for (const { outcome } of departures) expect(outcome, id).not.toEqual(aws.outcome);
      }
    });

    // Last, and about the run of all the checks above.
    test('every call that Phoenat makes has been made', () => {
      expect([...calls].sort()).toEqual(Object.keys(everyEc2Command).sort());
    });
  });
}

const chapters: readonly (readonly [string, (contract: Contract) => void])[] = [
  ['instances', instanceChecks],
  ['a launch', launchChecks],
  ['a termination', terminationChecks],
  ['interfaces', interfaceChecks],
  ['Elastic IPs', addressChecks],
  ['routes', routeChecks],
  ['subnets and route tables', networkChecks],
  ['images', imageChecks],
  ['instance types', offeringChecks],
  ['tags', tagChecks],
];

function nameOf(command: object): string {
  const found = Object.entries(everyEc2Command).find(([, known]) => command instanceof known);
  return found?.[0] ?? command.constructor.name;
}
