import { InvokeCommand } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { type DurationMs, secondMs } from '../shared/core/model/time.ts';
import type { ManualCommand } from '../shared/core/model/trigger.ts';
import type { Report } from '../shared/core/report/report.ts';
import { parseReport } from './parse-report.ts';
import { CliError, type Session } from './session.ts';
import { isTransient, oneLine } from './transient-error.ts';

/** A command for the controller, as it goes over the wire. */
export type Payload = { readonly action: ManualCommand['action'] } & Partial<
  Omit<ManualCommand, 'action' | 'zone'> & { readonly zone: string }
>;

/** How the runtime reports an error that ended a run. */
const thrown = z.object({ errorMessage: z.string() });

const tries = 4;
const pauseMs: DurationMs = 5 * secondMs;

/** Invokes the controller and waits for its report. @throws CliError with the controller's own words where it refuses. */
export async function askController(
  session: Session,
  functionName: string,
  payload: Payload,
): Promise<Report> {
  const answer = await invoke(session, functionName, payload, 'RequestResponse');
  const document = decode(answer.Payload);
  if (answer.FunctionError !== undefined) {
    const { data } = thrown.safeParse(document);
    const message = data?.errorMessage ?? JSON.stringify(document);
    throw new CliError(
      `the controller ${functionName} failed: ${message}; what it was doing: ${session.self} logs --since 30m`,
      1,
    );
  }
  const report = parseReport(document);
  if (report.refusal !== undefined) {
    throw new CliError(report.refusal, 2);
  }
  return report;
}

/** Starts the controller, and does not wait for it. */
export async function startController(
  session: Session,
  functionName: string,
  payload: Payload,
): Promise<void> {
  await invoke(session, functionName, payload, 'Event');
}

/**
 * An account's concurrency may be used up for a moment, a connection may drop. Every command says how things shall be and
 * not by how much, so that asking twice does no harm.
 */
async function invoke(
  { aws, clock, terminal }: Session,
  FunctionName: string,
  payload: Payload,
  InvocationType: 'RequestResponse' | 'Event',
) {
  const command = () => new InvokeCommand({ FunctionName, InvocationType, Payload: JSON.stringify(payload) });
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await aws.lambda.send(command());
    } catch (error) {
      if (!isTransient(error) || attempt >= tries) {
        throw explainBusy(error, FunctionName);
      }
      if (!isBusy(error)) {
        terminal.err(`phoenat: no answer (${oneLine(error)}); asking again\n`);
      }
      await clock.sleep(pauseMs);
    }
  }
}

function isBusy(error: unknown): error is Error {
  return error instanceof Error && error.name === 'TooManyRequestsException';
}

function explainBusy(error: unknown, functionName: string): unknown {
  return isBusy(error)
    ? new CliError(
        `Lambda has no concurrency left for ${functionName}, after ${tries} tries: another run is under way, or the account's limit is reached; try again in a minute (${error.message})`,
        3,
      )
    : error;
}

function decode(payload: Uint8Array | undefined): unknown {
  const text = payload === undefined ? '' : new TextDecoder().decode(payload);
  try {
    const document: unknown = JSON.parse(text);
    return document;
  } catch {
    throw new CliError(`the controller did not answer with JSON: ${JSON.stringify(text.slice(0, 200))}`, 1);
  }
}
