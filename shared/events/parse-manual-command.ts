import { parseZoneName } from '../core/model/ids.ts';
import { quote } from '../core/model/quote.ts';
import { type ManualCommand, manualActions } from '../core/model/trigger.ts';
import { field } from './fields.ts';
import { UnknownCommandError } from './unknown-command-error.ts';

/** Of what was mistyped so much, at most, that it is recognised. */
const maxQuoted = 200;

const keys = ['action', 'zone', 'immediate', 'dryRun'];

/** An operator's command. Whatever is misspelt is refused: a rebuild must not run because `dryrun` was ignored. */
export function parseManualCommand(event: object): ManualCommand {
  const unknownKeys = Object.keys(event).filter((key) => !keys.includes(key));
  if (unknownKeys.length > 0) {
    throw new UnknownCommandError(
      `received a command with ${quote(unknownKeys.join(', '), maxQuoted)}; its fields are ${keys.join(', ')}`,
    );
  }
  const rawAction = field(event, 'action');
  const action = manualActions.find((candidate) => candidate === rawAction);
  if (action === undefined) {
    throw new UnknownCommandError(
      `there is no action ${quote(JSON.stringify(rawAction), maxQuoted)}; the actions are ${manualActions.join(', ')}`,
    );
  }
  const immediate = readFlag(event, 'immediate');
  if (immediate && action !== 'rebuild') {
    throw new UnknownCommandError(
      `received "immediate" with action ${action}; it is valid only with rebuild`,
    );
  }
  const rawZone = field(event, 'zone');
  const zone = parseZoneName(rawZone);
  if (rawZone !== undefined && zone === undefined) {
    throw new UnknownCommandError(
      `received zone ${quote(JSON.stringify(rawZone), maxQuoted)}, which is not a zone name`,
    );
  }
  return { action, immediate, dryRun: readFlag(event, 'dryRun'), ...(zone === undefined ? {} : { zone }) };
}

function readFlag(event: object, key: string): boolean {
  const value = field(event, key);
  if (value !== undefined && typeof value !== 'boolean') {
    throw new UnknownCommandError(
      `received "${key}" as ${quote(JSON.stringify(value), maxQuoted)}; it is true or false`,
    );
  }
  return value === true;
}
