/** A call of a service that speaks AWS's JSON protocol, for what the project has no SDK client of. */
export async function askJson(
  endpoint: string,
  service: string,
  target: string,
  input: object,
): Promise<unknown> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(input),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${target} was answered with ${answer.status}: ${text}`);
  const document: unknown = JSON.parse(text);
  return document;
}
