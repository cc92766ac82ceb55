/** The bytes are no repository document, or one that breaks a rule. */
export class DocumentError extends Error {
  static override readonly name = 'DocumentError'
  override readonly name = 'DocumentError'
  /** Which rule: a field's name, or what was wrong with the bytes. */
  readonly field: string
  constructor(field: string, problem: string, options?: ErrorOptions) {
    super(
      `The repository's description cannot be used: ${field} ${problem}. Ask whoever shared it for a new link.`,
      options,
    )
    this.field = field
  }
}

/** The token of a link is not one. */
export class TokenError extends Error {
  static override readonly name = 'TokenError'
  override readonly name = 'TokenError'
  readonly token: string
  constructor(token: string) {
    super('A repository is named by 43 letters, digits, - and _. This name is damaged; copy the whole link again.')
    this.token = token
  }
}
