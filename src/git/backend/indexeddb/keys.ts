/** All keys of an array-keyed store that begin with `first`: arrays sort after numbers and strings. */
export function under(first: string): IDBKeyRange {
  return IDBKeyRange.bound([first], [first, []])
}
