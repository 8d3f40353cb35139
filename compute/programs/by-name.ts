/** Arrays of weights in the order of their names, looked up by these. Throws where there is none of a name. */
export function byName<T>(names: readonly string[], arrays: readonly T[]): (name: string) => T {
  const named = new Map(names.map((name, i) => [name, arrays[i]]));
  return (name) => {
    const found = named.get(name);
    if (found === undefined) throw new RangeError(`There are no weights ${name}.`);
    return found;
  };
}
