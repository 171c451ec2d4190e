/** What to do where a question was not answered: it is not always a permission that lacks. */
export function allowYourself(permissions: readonly string[], details: readonly string[]): string {
  const named = permissions.join(' and ');
  return details.some((detail) => detail.includes('not permitted'))
    ? `Allow yourself ${named}, and run doctor again.`
    : `Run doctor again; it takes the permission ${named}.`;
}
