/**
 * What went wrong, in the words of whoever knows: drivers wrap the server's own sentence in one that
 * quotes the query, and a refused connection to several addresses has no words of its own.
 */
export function causeOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(causeOf))].join('; ');
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return causeOf(error.cause);
  return error.message || error.name;
}

/** The system's name for an error, as ENOSPC; undefined if it is not the system's. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
