/** A refs list that is not in the one form it may have, or beyond a limit. */
export class RefsListError extends Error {
  static override readonly name = 'RefsListError'
  override readonly name = 'RefsListError'
  /** The ref that it is about, or '' where it is the whole list. */
  readonly ref: string
  constructor(ref: string, problem: string) {
    super(`The list of branches and tags cannot be used: ${ref === '' ? 'it' : ref} ${problem}.`)
    this.ref = ref
  }
}

/** A signed header that does not hold: damaged, signed by somebody else, or beyond a limit. */
export class HeaderError extends Error {
  static override readonly name = 'HeaderError'
  override readonly name = 'HeaderError'
  /** True where the signature itself is wrong: a proof of forgery, not of damage. */
  readonly forged: boolean
  constructor(problem: string, options?: ErrorOptions & { forged?: boolean }) {
    super(`Somebody's state of this repository was refused: ${problem}. What was here before stays.`, options)
    this.forged = options?.forged ?? false
  }
}
