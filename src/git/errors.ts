/** Errors of src/git. They cross the worker boundary by name, with their facts as fields. */

export class TransactionConflictError extends Error {
  static override readonly name = 'TransactionConflictError'
  override readonly name = 'TransactionConflictError'
  constructor(message = 'Something else changed the repository at the same time. Nothing was changed; try again.') {
    super(message)
  }
}

export * from './pack/errors.ts'
export * from './store/errors.ts'
export * from './pack/bundle-errors.ts'
