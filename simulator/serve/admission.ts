import { type HttpRequest, ServiceFault } from './http-answer.ts';

/**
 * Why a request is refused before anything looks at what it asks for: a web page that is open on this machine can send
 * requests to the loopback interface too, and must not reach the account. A browser says whose page it is ("Origin", "Sec-Fetch-Site": Fetch
 * standard), and whose name it has resolved to get here ("Host"): a page of a foreign name that resolves to 127.0.0.1 (DNS
 * rebinding) is of one origin with the server, and would be believed otherwise. AWS's clients send neither of the first two.
 */
export function refusalOf({
  headers,
  target,
}: Pick<HttpRequest, 'headers' | 'target'>): ServiceFault | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (!isLoopbackName(host)) {
    const asked = host === '' ? 'without a name' : `as ${quoted(host)}`;
    return denied(`It is asked ${asked}: ask it as 127.0.0.1 or localhost, with its port`);
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return denied(`It answers no web page, and the request is from a page of ${quoted(origin)}`);
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return denied(`It answers no web page, and the request is from a page of another site (${quoted(site)})`);
  }
  // A proxy is sent a whole URL, and OPTIONS may have "*" (RFC 9112, section 3.2).
  return target.startsWith('/')
    ? undefined
    : new ServiceFault('InvalidRequest', `${quoted(target)} is no path: this server is no proxy`);
}

function denied(why: string): ServiceFault {
  return new ServiceFault(
    'AccessDenied',
    `This server serves a simulated account to this machine. ${why}.`,
    403,
  );
}

/** Of these no name server is asked (RFC 6761, section 6.3), so that nobody else can have one. */
function isLoopbackName(host: string): boolean {
  const [, name = ''] = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(host) ?? [];
  return /^(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i.test(name);
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
