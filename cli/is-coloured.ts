type ColourStream = { readonly hasColors?: () => boolean };

/**
 * Whether what goes to `stream` is coloured: what a person has said in the environment, otherwise what the stream is.
 * NO_COLOR wins over FORCE_COLOR, which colours what goes into a pipe too (no-color.org, force-color.org).
 */
export function isColoured(stream: ColourStream, env: Readonly<Record<string, string | undefined>>): boolean {
  const { NO_COLOR: none = '', FORCE_COLOR: forced = '' } = env;
  if (none !== '') {
    return false;
  }
  if (forced !== '') {
    return forced !== '0' && forced !== 'false';
  }
  return stream.hasColors?.() === true;
}
