import * as z from 'zod';
import { outcomes, type Report } from '../shared/core/report/report.ts';
import { CliError } from './session.ts';

/** The controller's report, from an answer or a log line. @throws CliError where it is none, with what it is. */
export function parseReport(document: unknown): Report {
  if (!isReport(document)) {
    throw new CliError(
      `the controller answered with something that is not a report: ${JSON.stringify(document)?.slice(0, 300)}; does its version match this command?`,
      1,
    );
  }
  return document;
}

/** What this command reads of it is there; what is not checked here is not needed for that. */
export function isReport(document: unknown): document is Report {
  return report.safeParse(document).success;
}

const list = z.array(z.unknown());
const zoneReport = z.object({
  zone: z.string(),
  health: z.string(),
  findings: list,
  routes: list,
  steps: list,
  waitsFor: list,
});
const report = z.object({
  outcome: z.enum(outcomes),
  trigger: z.object({ detail: z.string() }),
  times: z.object({ started: z.string(), ended: z.string() }),
  zones: z.array(zoneReport),
});
