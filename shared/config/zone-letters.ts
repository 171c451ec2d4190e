/** The zones that the template has parameters for. */
export const zoneLetters = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
export type ZoneLetter = (typeof zoneLetters)[number];
