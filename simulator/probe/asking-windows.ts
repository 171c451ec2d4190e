import { type EpochMs, secondMs } from '../../shared/core/model/time.ts';
import type { InstanceRecord } from '../ec2/records.ts';
import type { Store } from '../ec2/store.ts';

/** For so long clients are asked whose a packet of an unknown connection is (infra/nat-instance/paging.py). */
const windowMs = 300 * secondMs;

type Window = { openedAt: EpochMs; addresses: ReadonlySet<string>; inUse?: readonly string[] };

/** The windows of all instances that ask clients: from a boot, and from each public address that comes to one. */
export class AskingWindows {
  readonly #windows = new Map<string, Window>();

  see({ instances, interfaces, addresses }: Store, now: EpochMs): void {
    for (const { id, launch, healthSince } of instances.current.all()) {
      if (!launch.asksClients || healthSince === undefined || healthSince > now) continue;
      const own = interfaces.current.all().filter(({ attachment }) => attachment?.instanceId === id);
      const here = addresses.current
        .all()
        .filter(({ association }) => own.some((entry) => entry.id === association?.interfaceId));
      const ids = new Set(here.map((address) => address.id));
      const before = this.#windows.get(id);
      if (before === undefined || [...ids].some((address) => !before.addresses.has(address))) {
        this.#windows.set(id, { openedAt: now, addresses: ids });
      } else {
        before.addresses = ids;
      }
    }
  }

  /** As its health answer tells of it. */
  told({ id, launch, kernelSince = 0 }: InstanceRecord): object | null {
    const window = this.#windows.get(id);
    if (!launch.asksClients || window === undefined) return null;
    const until = Math.floor((window.openedAt + windowMs - kernelSince) / secondMs);
    return {
      until,
      seen: 0,
      inUse: window.inUse?.length ?? null,
      pages: 0,
      copies: 0,
      answers: 0,
      refused: 0,
      resets: 0,
    };
  }

  /** What a probe has brought. */
  bring(instanceId: string, inUse: readonly string[]): void {
    const window = this.#windows.get(instanceId);
    if (window !== undefined && inUse.length > 0) window.inUse ??= inUse;
  }

  inUse(instanceId: string): readonly string[] | undefined {
    return this.#windows.get(instanceId)?.inUse;
  }
}
