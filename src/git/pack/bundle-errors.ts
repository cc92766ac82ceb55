/** Anything that is wrong with a git bundle. Each cause has a class of its own. */
export class BundleError extends Error {
  static override readonly name: string = 'BundleError'
  override readonly name: string = 'BundleError'
  constructor(message = 'This file is damaged. Make the bundle again: “git bundle create FILE --branches --tags”.') {
    super(message)
  }
}

/** The file does not begin as a bundle does. */
export class NotABundleError extends BundleError {
  static override readonly name = 'NotABundleError'
  override readonly name = 'NotABundleError'
  constructor(message = 'This is not a git bundle. Make one: “git bundle create FILE --branches --tags”.') {
    super(message)
  }
}

/** The header is longer than any that git would write for a repository that can be shared. */
export class BundleTooLargeError extends BundleError {
  static override readonly name = 'BundleTooLargeError'
  override readonly name = 'BundleTooLargeError'
  constructor(message = 'The bundle has too many refs. Make one with fewer: “git bundle create FILE main”.') {
    super(message)
  }
}

/** The bundle's objects have names that this does not know. */
export class BundleFormatError extends BundleError {
  static override readonly name = 'BundleFormatError'
  override readonly name = 'BundleFormatError'
  /** The object format, as git names it. */
  format: string | undefined
  constructor(format = 'sha256') {
    super(`The repository uses ${format} object names. Only SHA-1 repositories can be opened so far.`)
    this.format = format
  }
}

/** A capability that is none of bundle format 3's, so what follows cannot be read. */
export class BundleCapabilityError extends BundleError {
  static override readonly name = 'BundleCapabilityError'
  override readonly name = 'BundleCapabilityError'
  capability: string | undefined
  constructor(capability?: string) {
    super(
      `The bundle needs ${JSON.stringify(capability ?? 'something')}, which is not known here. ` +
        'Make it again: “git bundle create --version=2 FILE --branches --tags”.',
    )
    this.capability = capability
  }
}

/** The bundle was made with a filter: objects are left out. */
export class PartialBundleError extends BundleError {
  static override readonly name = 'PartialBundleError'
  override readonly name = 'PartialBundleError'
  /** The filter, e.g. `blob:none`. */
  filter: string | undefined
  constructor(filter?: string) {
    super(
      `The bundle leaves objects out (filter ${filter ?? 'unknown'}). ` +
        'Make it from a complete clone: “git fetch --refetch --no-filter”, then “git bundle create FILE --branches --tags”.',
    )
    this.filter = filter
  }
}

/** The bundle continues a history that is not in it. */
export class BundlePrerequisiteError extends BundleError {
  static override readonly name = 'BundlePrerequisiteError'
  override readonly name = 'BundlePrerequisiteError'
  /** Commits that must be there already. */
  missing: string[]
  constructor(missing: string[] = []) {
    const first = missing[0] ?? 'a commit'
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : ''
    super(
      `The bundle builds on ${first}${more}, which is not here. ` +
        'Make a complete one: “git bundle create FILE --branches --tags”.',
    )
    this.missing = missing
  }
}

/** The bundle names no ref at all. */
export class EmptyBundleError extends BundleError {
  static override readonly name = 'EmptyBundleError'
  override readonly name = 'EmptyBundleError'
  constructor(message = 'The bundle has no branches. Commit something first, then make it again.') {
    super(message)
  }
}
