import { errorMessage } from '../../shared/core/model/error-message.ts';
import type { Clock, DurationMs } from '../../shared/core/model/time.ts';
import { secondMs } from '../../shared/core/model/time.ts';
import type { LifecycleRequest } from './parse-request.ts';

export type Answer =
  | { readonly status: 'SUCCESS'; readonly data: Readonly<Record<string, string>>; readonly reason?: string }
  /** `nothingBuilt`: a creation that ended before its first call. */
  | { readonly status: 'FAILED'; readonly reason: string; readonly nothingBuilt?: true };

/** Sends a document to a presigned address, and says with which HTTP status it was taken. Rejects when nobody answers. */
export type Put = (url: string, body: string) => Promise<number>;

/** Larger answers are refused (CloudFormation User Guide, "Custom resource response objects"). */
const maxBytes = 4_096;
const tries = 5;
/** One that is not taken within this is sent again. */
export const putTimeoutMs: DurationMs = 10 * secondMs;
/** How long telling CloudFormation may take, at worst: no try is answered. */
export const longestAnswerMs: DurationMs =
  tries * putTimeoutMs +
  Array.from({ length: tries - 1 }, (_, index) => pauseMs(index + 1)).reduce((a, b) => a + b);

/** Tells CloudFormation, which otherwise waits for the whole service time-out. Rejects when it cannot be told. */
export async function respond(
  request: LifecycleRequest,
  answer: Answer,
  { put, clock }: { readonly put: Put; readonly clock: Clock },
): Promise<void> {
  const body = renderAnswer(request, answer);
  for (let attempt = 1; ; attempt += 1) {
    const problem = await problemOf(() => put(request.responseUrl, body));
    if (problem === undefined) {
      return;
    }
    if (attempt >= tries) {
      throw new Error(`CloudFormation could not be told about ${request.logicalResourceId}: ${problem}`);
    }
    await clock.sleep(pauseMs(attempt));
  }
}

function pauseMs(attempt: number): DurationMs {
  return secondMs * 2 ** (attempt - 1);
}

async function problemOf(send: () => Promise<number>): Promise<string | undefined> {
  try {
    const status = await send();
    return status < 300 ? undefined : `its address answered with HTTP status ${status}`;
  } catch (error) {
    return errorMessage(error);
  }
}

/** The document, with a reason cut to what CloudFormation takes. */
export function renderAnswer(request: LifecycleRequest, answer: Answer): string {
  const whole = document(request, answer);
  const { reason } = answer;
  if (Buffer.byteLength(whole) <= maxBytes || reason === undefined) {
    return whole;
  }
  const note = " … (the full text is in the lifecycle function's log)";
  for (let length = Math.min(reason.length, maxBytes); length > 0; length -= 100) {
    const cut = document(request, { ...answer, reason: reason.slice(0, length) + note });
    if (Buffer.byteLength(cut) <= maxBytes) {
      return cut;
    }
  }
  return document(request, { ...answer, reason: note });
}

function document(request: LifecycleRequest, answer: Answer): string {
  const { stackId, requestId, logicalResourceId } = request;
  return JSON.stringify({
    Status: answer.status,
    // One id for good: another one would tell CloudFormation that the zones were replaced, and have the old ones deleted.
    PhysicalResourceId: request.physicalResourceId ?? physicalResourceId(logicalResourceId, answer),
    StackId: stackId,
    RequestId: requestId,
    LogicalResourceId: logicalResourceId,
    ...(answer.reason === undefined ? {} : { Reason: answer.reason }),
    ...(answer.status === 'SUCCESS' ? { Data: answer.data } : {}),
  });
}

function physicalResourceId(logicalResourceId: string, answer: Answer): string {
  const isBuilt = answer.status === 'SUCCESS' || answer.nothingBuilt !== true;
  return isBuilt ? `phoenat-${logicalResourceId}` : nothingBuiltId(logicalResourceId);
}

/**
 * CloudFormation deletes what it could not create, by the id of the failure: the only memory there is that nothing was
 * made, where the settings do not even say what would have been.
 */
function nothingBuiltId(logicalResourceId: string): string {
  return `phoenat-${logicalResourceId}-nothing-built`;
}

export function isOfNothingBuilt(request: LifecycleRequest): boolean {
  return request.physicalResourceId === nothingBuiltId(request.logicalResourceId);
}
