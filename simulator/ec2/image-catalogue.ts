import type { ImageRecord } from './records.ts';
import type { Region } from './region.ts';
import { newId } from './region.ts';

/** A public image as it is listed: names, owners and dates are real, ids are made up where none is given. */
export type CatalogueEntry = {
  readonly name: string;
  /** A key of `owners`, or an account id. */
  readonly owner: string;
  readonly architecture: ImageRecord['architecture'];
  readonly createdAt: string;
  /** Absent: two years after creation, as EC2 sets it for public images, and never for the account's own. */
  readonly deprecatedAt?: string;
  readonly id?: string;
  readonly virtualizationType?: ImageRecord['virtualizationType'];
  readonly rootDeviceType?: ImageRecord['rootDeviceType'];
  readonly enaSupport?: boolean;
  readonly neverBoots?: boolean;
  readonly boots?: ImageRecord['boots'];
};

const owners: Readonly<Record<string, { readonly id: string; readonly alias?: 'amazon' }>> = {
  amazon: { id: '137112412989', alias: 'amazon' },
  'amazon-ecs': { id: '591542846629', alias: 'amazon' },
  'fck-nat': { id: '568608671756' },
};

function bothArchitectures(entry: Omit<CatalogueEntry, 'architecture'>): CatalogueEntry[] {
  return (['arm64', 'x86_64'] as const).map((architecture) => ({
    ...entry,
    architecture,
    name: entry.name.replace('ARCH', architecture),
  }));
}

/** What a Region lists towards the end of 2026: the images that a NAT is made of, and those that resemble them. */
export const standardImages: readonly CatalogueEntry[] = [
  ...bothArchitectures({
    name: 'al2023-ami-2023.11.20260427.1-kernel-6.1-ARCH',
    owner: 'amazon',
    createdAt: '2026-04-27T21:14:03Z',
  }),
  ...bothArchitectures({
    name: 'al2023-ami-2023.12.20260831.0-kernel-6.1-ARCH',
    owner: 'amazon',
    createdAt: '2026-08-31T20:02:11Z',
  }),
  ...bothArchitectures({
    name: 'al2023-ami-2023.12.20260831.0-kernel-6.12-ARCH',
    owner: 'amazon',
    createdAt: '2026-08-31T20:02:12Z',
  }),
  ...bothArchitectures({
    name: 'al2023-ami-minimal-2023.12.20260907.0-kernel-6.1-ARCH',
    owner: 'amazon',
    createdAt: '2026-09-07T20:31:40Z',
  }),
  ...bothArchitectures({
    name: 'al2023-ami-ecs-hvm-2023.0.20260910-kernel-6.1-ARCH',
    owner: 'amazon-ecs',
    createdAt: '2026-09-10T18:12:27Z',
  }),
  ...bothArchitectures({
    name: 'al2027-preview-ami-2027.0.20260903.0-kernel-7.1-ARCH',
    owner: 'amazon',
    createdAt: '2026-09-03T19:45:00Z',
  }),
  ...bothArchitectures({
    name: 'fck-nat-al2023-hvm-1.3.0-20240125-ARCH-ebs',
    owner: 'fck-nat',
    createdAt: '2024-01-25T22:37:15Z',
  }),
  ...bothArchitectures({
    name: 'fck-nat-al2023-hvm-1.4.0-20260701-ARCH-ebs',
    owner: 'fck-nat',
    createdAt: '2026-07-01T15:20:49Z',
  }),
  ...bothArchitectures({
    name: 'fck-nat-pre-al2023-hvm-1.4.0-pre-20240404-ARCH-ebs',
    owner: 'fck-nat',
    createdAt: '2026-08-01T15:20:49Z',
  }),
  {
    name: 'amzn-ami-vpc-nat-hvm-2018.03.0.20181116-x86_64-ebs',
    owner: 'amazon',
    architecture: 'x86_64',
    createdAt: '2018-11-17T03:14:12Z',
  },
  {
    name: 'amzn-ami-vpc-nat-2018.03.0.20230807.0-x86_64-ebs',
    owner: 'amazon',
    architecture: 'x86_64',
    createdAt: '2023-08-08T19:40:03Z',
  },
  {
    name: 'amzn-ami-vpc-nat-pv-2015.03.0.x86_64-ebs',
    owner: 'amazon',
    architecture: 'x86_64',
    createdAt: '2015-03-31T22:10:00Z',
    virtualizationType: 'paravirtual',
    enaSupport: false,
  },
];

function deprecation(given: string | undefined, byDefault: number | undefined): { deprecatedAt?: number } {
  const deprecatedAt = given === undefined ? byDefault : Date.parse(given);
  return deprecatedAt === undefined ? {} : { deprecatedAt };
}

/** The image as the account sees it; it has always been there. */
export function addImage(region: Region, entry: CatalogueEntry): ImageRecord {
  const owner = owners[entry.owner] ?? { id: entry.owner };
  const createdAt = Date.parse(entry.createdAt);
  const twoYearsOn = new Date(createdAt).setUTCFullYear(new Date(createdAt).getUTCFullYear() + 2);
  return region.store.images.seed({
    id: entry.id ?? newId(region, 'image'),
    name: entry.name,
    ownerId: owner.id,
    ...(owner.alias && { ownerAlias: owner.alias }),
    architecture: entry.architecture,
    createdAt,
    ...deprecation(entry.deprecatedAt, owner.id === region.accountId ? undefined : twoYearsOn),
    state: 'available',
    virtualizationType: entry.virtualizationType ?? 'hvm',
    rootDeviceType: entry.rootDeviceType ?? 'ebs',
    rootDeviceName: entry.owner === 'amazon' || entry.owner === 'fck-nat' ? '/dev/xvda' : '/dev/sda1',
    rootVolumeGiB: entry.owner === 'fck-nat' ? 4 : 8,
    enaSupport: entry.enaSupport ?? true,
    imdsV2Only: entry.name.startsWith('al202'),
    lacksPackages: entry.name.startsWith('al2023-ami'),
    neverBoots: entry.neverBoots ?? false,
    goneForLaunch: false,
    ...(entry.boots && { boots: entry.boots }),
  });
}
