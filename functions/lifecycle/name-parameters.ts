import type { Environment } from '../../shared/config/environment.ts';
import { type Setting, settings, zoneFields } from '../../shared/config/parameters.ts';
import { textField } from '../../shared/events/fields.ts';

const parameters = new Map(
  Object.values<Setting<unknown>>(settings).map(({ variable, parameter }) => [variable, parameter]),
);
const fields = new Map<string, string>(Object.entries(zoneFields));
const { variable: zonesVariable } = settings.zones;

/** What is wrong with the settings, in the words of the deployment: parameters, not the functions' variables. */
export function nameParameters(message: string, env: Environment): string {
  const zones = zoneNames(env[zonesVariable]);
  return message
    .replaceAll(
      new RegExp(`${zonesVariable}\\[(\\d+)\\]\\.(\\w+)`, 'g'),
      (whole, index: string, key: string) => {
        const [zone, field] = [zones[Number(index)], fields.get(key)];
        return zone === undefined || field === undefined ? whole : `Zone${zone.toUpperCase()}${field}`;
      },
    )
    .replaceAll(new RegExp(`${zonesVariable} (\\w+)`, 'g'), 'the zones’ $1')
    .replaceAll(/PHOENAT_[A-Z_]+/g, (variable) => parameters.get(variable) ?? variable);
}

function zoneNames(json: string | undefined): string[] {
  try {
    const zones: unknown = JSON.parse(json ?? '');
    return Array.isArray(zones) ? zones.map((zone) => textField(zone, 'name') ?? '') : [];
  } catch {
    return [];
  }
}
