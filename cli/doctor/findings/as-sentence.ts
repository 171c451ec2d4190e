/** "take another" → "Take another.": the core words parts of sentences. */
export function asSentence(part: string): string {
  return `${part.charAt(0).toUpperCase()}${part.slice(1)}.`;
}
