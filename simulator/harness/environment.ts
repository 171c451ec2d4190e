import type { Environment } from '../../shared/config/environment.ts';
import { type Setting, settings as table } from '../../shared/config/parameters.ts';
import type { ImageChoice, Settings } from '../../shared/core/model/settings.ts';

const known = new WeakMap<Settings, Environment>();

/**
 * The environment variables that the template would set for these settings: what the controller really parses. The same
 * settings give the same object: every simulated process asks for it.
 */
export function environmentOf(settings: Settings): Environment {
  const environment = known.get(settings) ?? variablesOf(settings);
  known.set(settings, environment);
  return environment;
}

function variablesOf(settings: Settings): Environment {
  const { egress, ...rest } = settings;
  const values = new Map<string, unknown>(Object.entries({ ...rest, ...egress }));
  // What these settings leave out is none, whatever the template would say.
  if (settings.handOverMs === undefined) values.set('handOverMs', 0);
  const plain = Object.entries<Setting<unknown>>(table).map(([key, { variable, takes }]) => [
    variable,
    plainText(values.get(key), takes.range?.unit),
  ]);
  return {
    ...Object.fromEntries(plain),
    [table.zones.variable]: JSON.stringify(
      settings.zones.map((zone) => ({
        name: zone.name,
        publicSubnet: zone.publicSubnetId,
        ...(zone.standbyFor === undefined
          ? { privateSubnets: zone.privateSubnetIds }
          : { standbyFor: zone.standbyFor }),
        allocationId: zone.allocationId,
        ...(zone.probe === undefined ? {} : { probe: zone.probe }),
      })),
    ),
    [table.image.variable]: imageText(settings.image),
    [table.allowList.variable]: egress.allowList
      .map(({ cidr, port, protocol }) => `${cidr}:${port}/${protocol}`)
      .join(','),
    [table.tags.variable]: settings.tags.map(({ key, value }) => `${key}=${value}`).join(','),
  };
}

function plainText(value: unknown, unit = 1): string {
  return typeof value === 'number' ? String(value / unit) : String(value ?? '');
}

function imageText(image: ImageChoice): string {
  switch (image.kind) {
    case 'preset':
      return image.preset;
    case 'custom':
      return `${image.owner}:${image.namePattern}`;
    case 'fixed':
      return image.imageId;
  }
}
