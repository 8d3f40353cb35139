/**
 * JSON in one form only (RFC 8785), so that equal contents are equal bytes and have equal hashes:
 * members sorted by the UTF-16 units of their names, no space, numbers and strings as ECMAScript
 * writes them.
 */

/** The canonical text of a value that is JSON. Throws for a number that JSON has not. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, v]) => `${JSON.stringify(name)}:${canonicalJson(v)}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new Error(`JSON has no number ${value}.`);
  }
  const text = JSON.stringify(value);
  if (text === undefined) throw new Error(`JSON has no ${typeof value}.`);
  return text;
}
