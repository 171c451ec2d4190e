import { type EpochMs, hourMs } from '../../../shared/core/model/time.ts';

/** What moto does not tell as EC2 does, put right in its answers. */
export class Corrections {
  /** Of the Elastic IPs that were moved to a secondary private address: moto names the interface's first. */
  readonly #secondary = new Map<string, string>();
  #oldBefore: EpochMs = Number.NEGATIVE_INFINITY;

  /** From now on what has been launched so far is an hour old: no stack fails in its first minute. */
  letAnHourPass(): void {
    this.#oldBefore = Date.now();
  }

  note(call: string, request: Buffer): void {
    if (call !== 'AssociateAddress') return;
    const input = new URLSearchParams(request.toString('latin1'));
    const [id, privateIp] = [input.get('AllocationId'), input.get('PrivateIpAddress')];
    if (id === null) return;
    if (privateIp === null) this.#secondary.delete(id);
    else this.#secondary.set(id, privateIp);
  }

  correct(call: string, answer: Buffer): Buffer {
    switch (call) {
      case 'DescribeInstances':
        return Buffer.from(
          answer.toString().replace(/(?<=<launchTime>)[^<]+/g, (at) => this.#launchTime(at)),
        );
      case 'DescribeAddresses':
        return Buffer.from(
          answer
            .toString()
            .split('</item>')
            .map((item) => this.#address(item))
            .join('</item>'),
        );
      default:
        return answer;
    }
  }

  #launchTime(at: string): string {
    const launchedAt = Date.parse(at);
    return new Date(launchedAt < this.#oldBefore ? launchedAt - hourMs : launchedAt).toISOString();
  }

  #address(item: string): string {
    const privateIp = this.#secondary.get(/<allocationId>([^<]+)/.exec(item)?.[1] ?? '');
    return privateIp === undefined ? item : item.replace(/(?<=<privateIpAddress>)[^<]+/, privateIp);
  }
}
