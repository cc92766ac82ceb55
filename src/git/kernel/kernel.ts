import { WASM } from './wasm.ts'

/** Results of `Kernel.inflate`: the stream is complete, needs more input, needs more room, or is no zlib stream. */
export const INFLATE_END = 0
export const INFLATE_INPUT = 1
export const INFLATE_OUTPUT = 2

/**
 * Bytes of room beyond what is expected, with which the fast loop runs to the end of it: the longest match and the words that
 * it is copied in. It is also by how much a lying stream can overrun.
 */
export const INFLATE_SLACK = 320
/** Input that `inflate` can leave to be given again: the header of a block. */
export const INFLATE_REST = 1024

/** Results of `applyDelta`. */
export const DELTA_MADE = 0
export const DELTA_SHORT = 2
/** Bytes beyond the object that `applyDelta` overwrites at most. */
export const DELTA_SLACK = 8

export const SHA1_STATE_BYTES = 96
/** Room before an object for its header, so that both can be hashed in one piece. */
export const OBJECT_HEADER_BYTES = 24

const PAGE_BYTES = 64 * 1024

/** What the module exports: see `assembly/`. Numbers are addresses in its memory, ends excluded. */
interface Exports {
  heapBase(): number
  crc32(from: number, to: number, crc: number): number
  inflateReset(): void
  inflate(from: number, to: number, window: number, out: number, outEnd: number): number
  inflateInputAt(): number
  inflateOutputAt(): number
  readDeltaHeader(from: number, to: number): number
  deltaBaseSize(): number
  deltaResultSize(): number
  applyDelta(base: number, baseLength: number, to: number, out: number, size: number): number
  sha1Begin(state: number): void
  sha1Update(state: number, from: number, to: number): void
  sha1End(state: number, out: number): void
  beginObject(state: number, type: number, size: number): void
  hashObject(type: number, from: number, to: number, out: number): void
  writeObjectHeader(type: number, size: number, end: number): number
}

let compiled: WebAssembly.Module | undefined

/**
 * Inflating, hashing and delta-making in WebAssembly, over one memory: an object goes from its compressed bytes to its id
 * without being copied out. The caller lays that memory out, from `heap` on, and keeps every address within it: nothing is
 * checked below but what the data says. One inflated stream at a time; its state stays between calls.
 */
export class Kernel {
  readonly run: Exports
  readonly #memory: WebAssembly.Memory
  #bytes: Uint8Array<ArrayBuffer>
  #words: Uint32Array<ArrayBuffer>

  /** `size`: bytes of its memory, rounded up to pages. Compiles a few KB at first; synchronous, so not for a page's thread. */
  constructor(size: number) {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(WASM), (char) => char.charCodeAt(0)))
    this.#memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(size / PAGE_BYTES)) })
    this.run = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } }).exports as unknown as Exports
    this.#bytes = new Uint8Array(this.#memory.buffer)
    this.#words = new Uint32Array(this.#memory.buffer)
  }

  /** All of its memory. Another array after `grow`. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes
  }

  /** The same as 32-bit words: that at address `a` is `words[a / 4]`. */
  get words(): Uint32Array<ArrayBuffer> {
    return this.#words
  }

  /** The first address that is the caller's, a multiple of 64. */
  get heap(): number {
    return Math.ceil(this.run.heapBase() / 64) * 64
  }

  /** At least `size` bytes; what is there stays. Throws `RangeError` where the system has no more. */
  grow(size: number): void {
    const more = Math.ceil(size / PAGE_BYTES) - this.#bytes.length / PAGE_BYTES
    if (more <= 0) return
    this.#memory.grow(more)
    this.#bytes = new Uint8Array(this.#memory.buffer)
    this.#words = new Uint32Array(this.#memory.buffer)
  }
}
