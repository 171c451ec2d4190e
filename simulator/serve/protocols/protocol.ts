import type { NormalizedSchema } from '@smithy/core/schema';
import { type HttpAnswer, type HttpRequest, ServiceFault } from '../http-answer.ts';

export type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];
/** As the SDK's commands are: each knows the names, places and types of what it sends and understands. */
export type SentCommand = {
  readonly input: object;
  readonly schema: readonly [0, string, string, unknown, SchemaRef, SchemaRef];
};
export type CommandClass = new (input: unknown) => SentCommand;

export type SdkCommands = Readonly<Record<string, CommandClass | undefined>>;

/** The commands among what a package of the SDK exports. */
export function commandsOf(sdk: object): SdkCommands {
  return sdk as SdkCommands;
}

/** What was asked for. `action` is AWS's name of it. */
export type Asked = { readonly action: string; readonly command: SentCommand };

/**
 * One of AWS's protocols as a server speaks it, by the SDK's own schemas: what they say of names is what clients send and
 * understand.
 */
export type Protocol = {
  /** @throws ServiceFault where it is no request of this service. */
  readonly read: (request: HttpRequest) => Asked;
  readonly write: (asked: Asked, output: object) => HttpAnswer;
  readonly fail: (fault: ServiceFault) => HttpAnswer;
};

/**
 * Of the protocols that name their action in what is sent. EC2 takes a GET too; here only POST may change anything, so that no link
 * and no picture in a page does.
 * @throws ServiceFault where it is sent in another way.
 */
export function checkSent({ method, headers }: HttpRequest, type: RegExp, named: string): void {
  if (method !== 'POST') {
    throw new ServiceFault('InvalidRequest', `This service is asked with POST here, not with ${method}`, 405);
  }
  const given = headers['content-type'];
  if (given !== undefined && !type.test(given)) {
    throw new ServiceFault('UnsupportedMediaTypeException', `The body has to be ${named}, not ${given}`, 415);
  }
}
