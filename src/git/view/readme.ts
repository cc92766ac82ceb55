/** Which README is shown where there are several: what can be rendered first. */
const READMES = [/^readme\.(md|markdown|mdown|mkd)$/i, /^readme$/i, /^readme\.(txt|text)$/i, /^readme\.[a-z0-9.-]+$/i]

/** Of the names of a folder's files the one that is shown below it. */
export function chooseReadme(names: string[]): string | null {
  for (const pattern of READMES) {
    const name = names.find((candidate) => pattern.test(candidate))
    if (name !== undefined) return name
  }
  return null
}
