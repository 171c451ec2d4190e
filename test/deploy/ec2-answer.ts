/** An HTTP answer, held whole. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

export function xmlAnswer(text: string, status = 200): Answer {
  const body = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body };
}

/** As EC2 refuses (EC2 API Reference, "Error codes for the Amazon EC2 API"). */
export function refusal(code: string, message: string): Answer {
  const text = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return xmlAnswer(
    `<Response><Errors><Error><Code>${code}</Code><Message>${text}</Message></Error></Errors><RequestID>refused-by-the-harness</RequestID></Response>`,
    400,
  );
}
