const hidden = '[hidden]';

/**
 * A text without what opens an account. AWS's complaint about a signature repeats what was signed, in which the session
 * token is; URLs that are signed carry token and signature.
 */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(/(x-amz-security-token["']?\s*[:=]\s*["']?)[^\s"'&]+/gi, `$1${hidden}`)
    .replaceAll(/(x-amz-signature=|\bsignature=)[^\s"'&,]+/gi, `$1${hidden}`)
    .replaceAll(
      /((?:secret_?access_?key|session_?token|aws_secret_access_key|aws_session_token)["']?\s*[:=]\s*["']?)[^\s"',}&]+/gi,
      `$1${hidden}`,
    );
}
