import type { DurationMs, EpochMs } from '../../../shared/core/model/time.ts';
import type { ZoneReport } from '../../../shared/core/report/report.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { mutations } from '../../../simulator/harness/settled-harness.ts';

/** What the controller has changed and found since this was made. */
export class WhatItDid {
  readonly #harness: Harness;
  readonly #calls: number;
  readonly #runs: number;

  constructor(harness: Harness) {
    this.#harness = harness;
    this.#calls = harness.sim.calls.length;
    this.#runs = harness.invocations.length;
  }

  get changes(): readonly string[] {
    return mutations(this.#harness, this.#calls);
  }

  get launches(): number {
    return this.changes.filter((name) => name === 'RunInstances').length;
  }

  /** The outage that a run has counted last. */
  get outage(): { readonly outageMs: DurationMs; readonly knownFrom: string } | undefined {
    return this.#zones
      .flatMap(({ outage, outageMs }) =>
        outage === undefined || outageMs === undefined ? [] : { outageMs, knownFrom: outage.startKnownFrom },
      )
      .at(-1);
  }

  get findings(): ReadonlyMap<string, string> {
    const found = this.#zones.flatMap(({ findings }) => findings);
    return new Map(found.map(({ code, detail }) => [code, detail]));
  }

  /** When the last call of this name was answered, in the account's time. */
  answeredAt(name: string): EpochMs | undefined {
    return this.#harness.sim.calls
      .slice(this.#calls)
      .findLast((call) => call.name === name && call.outcome === 'ok')?.answeredAt;
  }

  get #zones(): readonly ZoneReport[] {
    return this.#harness.invocations.slice(this.#runs).flatMap(({ report }) => report?.zones ?? []);
  }
}
