import { createSHA1, type IHasher } from 'hash-wasm'
import type { ObjectType, Oid } from '../types.ts'
import { toHex } from './oid.ts'

/**
 * From how many bytes on `crypto.subtle` is quicker than WASM: below it, the asynchronous call costs more than it saves.
 * Measured in Chromium: 1.1 against 4.7 µs at 300 bytes, 140 against 41 µs at 64 KiB, so they cross near 2 KiB there; in Node
 * 1.3 against 40 µs, 120 against 86 µs, crossing near 32 KiB. In between, either will do.
 */
export const SUBTLE_HASH_BYTES = 16_384

const ascii = new TextEncoder()
const headers: Record<ObjectType, Uint8Array> = {
  commit: ascii.encode('commit '),
  tree: ascii.encode('tree '),
  blob: ascii.encode('blob '),
  tag: ascii.encode('tag '),
}

/** git's object header: `type SP size NUL`, the size in decimal. */
export function objectHeader(type: ObjectType, size: number): Uint8Array<ArrayBuffer> {
  const prefix = headers[type]
  const digits = String(size)
  const header = new Uint8Array(prefix.length + digits.length + 1)
  header.set(prefix)
  for (let i = 0; i < digits.length; i++) header[prefix.length + i] = digits.charCodeAt(i)
  return header
}

/**
 * Synchronous SHA-1 in WASM. An instance hashes one thing at a time: `init`, any number of `update`, `digest`; or `object`
 * for all at once.
 */
export class Sha1 {
  readonly #hasher: IHasher

  private constructor(hasher: IHasher) {
    this.#hasher = hasher
  }

  /** Compiles the WASM once a realm; each call returns an instance of its own. */
  static async create(): Promise<Sha1> {
    return new Sha1(await createSHA1())
  }

  init(): void {
    this.#hasher.init()
  }

  /** Begins an object: `update` with exactly `size` bytes follows. */
  begin(type: ObjectType, size: number): void {
    this.#hasher.init()
    this.#hasher.update(objectHeader(type, size))
  }

  update(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#hasher.update(bytes)
  }

  /** 20 bytes; the instance is free again. */
  digest(): Uint8Array {
    return this.#hasher.digest('binary')
  }

  /** The id of an object, as 20 bytes. */
  object(type: ObjectType, bytes: Uint8Array): Uint8Array {
    this.begin(type, bytes.length)
    this.update(bytes)
    return this.digest()
  }
}

let shared: Promise<Sha1> | undefined

/** The id of an object: by WASM when small, by `crypto.subtle` when big. Does not change `bytes`. */
export async function hashObject(type: ObjectType, bytes: Uint8Array): Promise<Oid> {
  if (bytes.length < SUBTLE_HASH_BYTES) {
    // Each call is synchronous from `begin` to `digest`, so all can share one instance.
    shared ??= Sha1.create()
    return toHex((await shared).object(type, bytes))
  }
  const header = objectHeader(type, bytes.length)
  const whole = new Uint8Array(header.length + bytes.length)
  whole.set(header)
  whole.set(bytes, header.length)
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-1', whole)))
}
