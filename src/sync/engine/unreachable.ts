/** Ends an exhaustive switch: does not compile where a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`No case for ${String(value)}`)
}
