/** What went wrong, of whatever was thrown: JavaScript throws any value. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
