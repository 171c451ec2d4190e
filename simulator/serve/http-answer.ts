/** What comes in, and what goes back, without a socket. */
export type HttpRequest = {
  readonly method: string;
  /** With its query. */
  readonly target: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
};

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** What AWS refuses a request with, in the form of whichever protocol the request came in. */
export class ServiceFault extends Error {
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.status = status;
  }
}
