import { SHA1_STATE_BYTES, SHARED_INPUT_BYTES, sharedKernel } from '../kernel/index.ts'
import type { ObjectType, Oid } from '../types.ts'
import { OID_BYTES, toHex, typeCode } from './oid.ts'

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

/** Synchronous SHA-1, in WebAssembly: `init`, any number of `update`, `digest`; then it is free again. */
export class Sha1 {
  readonly #state = new Uint8Array(SHA1_STATE_BYTES)

  init(): void {
    const { kernel, sha1State } = sharedKernel()
    kernel.run.sha1Begin(sha1State)
    this.#save(kernel.bytes, sha1State)
  }

  update(bytes: Uint8Array): void {
    const { kernel, input, sha1State } = sharedKernel()
    kernel.bytes.set(this.#state, sha1State)
    for (let at = 0; at < bytes.length; at += SHARED_INPUT_BYTES) {
      const part = bytes.subarray(at, at + SHARED_INPUT_BYTES)
      kernel.bytes.set(part, input)
      kernel.run.sha1Update(sha1State, input, input + part.length)
    }
    this.#save(kernel.bytes, sha1State)
  }

  /** 20 bytes. */
  digest(): Uint8Array<ArrayBuffer> {
    const { kernel, output, sha1State } = sharedKernel()
    kernel.bytes.set(this.#state, sha1State)
    kernel.run.sha1End(sha1State, output)
    return kernel.bytes.slice(output, output + OID_BYTES)
  }

  /** Others use the same memory between two calls. */
  #save(bytes: Uint8Array, at: number): void {
    this.#state.set(bytes.subarray(at, at + SHA1_STATE_BYTES))
  }
}

/** The id of an object: by WebAssembly when small, by `crypto.subtle` when big. Does not change `bytes`. */
export async function hashObject(type: ObjectType, bytes: Uint8Array): Promise<Oid> {
  if (bytes.length < SUBTLE_HASH_BYTES) {
    const { kernel, input, output } = sharedKernel()
    kernel.bytes.set(bytes, input)
    kernel.run.hashObject(typeCode(type), input, input + bytes.length, output)
    return toHex(kernel.bytes, output)
  }
  const header = objectHeader(type, bytes.length)
  const whole = new Uint8Array(header.length + bytes.length)
  whole.set(header)
  whole.set(bytes, header.length)
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-1', whole)))
}
