/**
 * A text from outside (a tag, an event, a message of AWS) as it may stand in findings, logs and answers: of a sane
 * length, and without characters that a terminal would obey.
 */
export function quote(text: string, maxLength = longestText): string {
  const shown = text.slice(0, maxLength).replace(obeyed, escaped);
  return text.length > maxLength ? `${shown}… (${text.length} characters)` : shown;
}

/** EC2's longest messages have about 400 characters, except for an encoded authorisation message, which is unreadable. */
const longestText = 500;

/** Control characters, those that turn the direction of writing, are invisible or break lines, and halves of pairs. */
const obeyed = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
