import * as errors from '../errors.ts'
import * as importErrors from '../import/errors.ts'
import * as mergeErrors from '../merge/errors.ts'
import * as remoteErrors from '../remote/errors.ts'
import * as viewErrors from '../view/errors.ts'
import type { ErrorFields } from './protocol.ts'

/** The classes of src/git by their name: an error is of the same class on both sides. */
const CLASSES = new Map<string, { prototype: Error }>(
  [errors, importErrors, mergeErrors, remoteErrors, viewErrors].flatMap((module) =>
    Object.values(module).flatMap((value: unknown): Array<[string, { prototype: Error }]> => {
      const isClass = typeof value === 'function' && value.prototype instanceof Error
      return isClass ? [[value.name, { prototype: value.prototype as Error }]] : []
    }),
  ),
)

export function errorFields(error: unknown): ErrorFields {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: '', fields: {} }
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(error)) if (isPlain(value)) fields[key] = value
  return { name: error.name, message: error.message, stack: error.stack ?? '', fields }
}

/**
 * The error, of its own class where that is one of ours, with its facts. Its constructor is not called: arguments differ from
 * class to class, and the message is made already. `AbortError` and the like come back as `DOMException`.
 */
export function reviveError({ name, message, stack, fields }: ErrorFields): Error {
  const known = CLASSES.get(name)
  if (known !== undefined) {
    const error = Object.setPrototypeOf(new Error(message), known.prototype) as Error
    define(error, 'stack', stack)
    return Object.assign(error, fields, { name })
  }
  if (name === 'AbortError' || name === 'TimeoutError') return new DOMException(message, name)
  const error =
    name === 'TypeError' ? new TypeError(message) : name === 'RangeError' ? new RangeError(message) : new Error(message)
  define(error, 'stack', stack)
  // What the browser threw (a file that is gone, no permission) keeps its name: the screen tells by it what happened.
  define(error, 'name', name)
  return Object.assign(error, fields)
}

function define(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false })
}

function isPlain(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value)) return true
  return Array.isArray(value) && value.every(isPlain)
}
