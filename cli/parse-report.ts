import { outcomes, type Report } from '../shared/core/report/report.ts';
import { field, isObject, textField } from '../shared/events/fields.ts';
import { CliError } from './session.ts';

/** The controller's report, from an answer or a log line. @throws CliError where it is none, with what it is. */
export function parseReport(document: unknown): Report {
  if (!isReport(document)) {
    throw new CliError(
      `the controller answered with something that is no report: ${JSON.stringify(document)?.slice(0, 300)}; is its version that of this command?`,
      1,
    );
  }
  return document;
}

/** What this command reads of it is there; what is not checked here is not needed for that. */
export function isReport(document: unknown): document is Report {
  const zones = field(document, 'zones');
  return (
    outcomes.some((outcome) => outcome === textField(document, 'outcome')) &&
    textField(field(document, 'trigger'), 'detail') !== undefined &&
    ['started', 'ended'].every((key) => textField(field(document, 'times'), key) !== undefined) &&
    Array.isArray(zones) &&
    zones.every(isZoneReport)
  );
}

function isZoneReport(zone: unknown): boolean {
  return (
    isObject(zone) &&
    textField(zone, 'zone') !== undefined &&
    textField(zone, 'health') !== undefined &&
    ['findings', 'routes', 'steps', 'waitsFor'].every((key) => Array.isArray(field(zone, key)))
  );
}
