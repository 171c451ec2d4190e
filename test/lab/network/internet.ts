import { join } from 'node:path';
import { run } from '../commands.ts';
import type { InternetArgument, WebFiles } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import { internetGatewayIp, publicPools, service, vpcCidr, webNames } from './address-plan.ts';
import { addNamespace, configure, type Namespace, readCounter, runIn, scratchDir } from './namespaces.ts';
import type { Router } from './router.ts';

/** Everything that is not the VPC. */
export class Internet {
  readonly namespace: Namespace;
  readonly certificateFile: string;

  private constructor(namespace: Namespace, certificateFile: string) {
    this.namespace = namespace;
    this.certificateFile = certificateFile;
  }

  static async create(router: Router): Promise<Internet> {
    const namespace = await addNamespace('internet');
    await router.connectInternet(namespace);
    await configure(namespace, [
      ...Object.values(service).map((address) => `addr add ${address}/24 dev eth0`),
      'link set eth0 up',
      ...[...publicPools, vpcCidr].map((cidr) => `route add ${cidr} via ${internetGatewayIp}`),
    ]);
    await runIn(namespace, ['nft', '-f', '-'], trapRules);
    const files = await makeCertificate();
    await Worker.start(namespace, 'internet-server', { web: files } satisfies InternetArgument);
    return new Internet(namespace, files.certificateFile);
  }

  /** How many packets have come to the address where nobody lives. */
  trapped(): Promise<number> {
    return readCounter(this.namespace, 'trapped');
  }

  /** How many packets have come from the VPC, to anywhere. */
  arrived(): Promise<number> {
    return readCounter(this.namespace, 'arrived');
  }
}

const trapRules = `table ip lab {
  counter arrived { }
  counter trapped { }
  chain count {
    type filter hook prerouting priority raw; policy accept;
    iifname "eth0" counter name arrived
    ip daddr ${service.trap} counter name trapped drop
  }
}
`;

async function makeCertificate(): Promise<WebFiles> {
  const dir = scratchDir('certificate');
  const files = { keyFile: join(dir, 'key.pem'), certificateFile: join(dir, 'certificate.pem') };
  const names = webNames.map((name) => `DNS:${name}`).join(',');
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    files.keyFile,
  ];
  const about = ['-subj', `/CN=${webNames[0]}`, '-addext', `subjectAltName=${names}`, '-days', '2'];
  await run('openssl', ['req', '-x509', ...key, ...about, '-out', files.certificateFile]);
  return files;
}
