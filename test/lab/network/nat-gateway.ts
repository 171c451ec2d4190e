import { addNamespace, runIn, setSysctl } from './namespaces.ts';
import type { Router } from './router.ts';

const rules = `table ip gateway {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    masquerade
  }
}
`;

let made = 0;

/** What AWS would run: it forwards and translates, and nobody looks into it. */
export class NatGateway {
  readonly device: string;
  readonly address: string;

  private constructor(device: string, address: string) {
    this.device = device;
    this.address = address;
  }

  static async create(router: Router, address: string): Promise<NatGateway> {
    made += 1;
    const device = `gateway${made}`;
    const namespace = await addNamespace(device);
    await router.prepareNat(device, [address], namespace);
    await setSysctl(namespace, { 'net.ipv4.ip_forward': 1 });
    await runIn(namespace, ['nft', '-f', '-'], rules);
    await router.connectNat(device, [address]);
    return new NatGateway(device, address);
  }
}
