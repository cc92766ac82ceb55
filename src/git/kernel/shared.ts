import { Kernel, SHA1_STATE_BYTES } from './kernel.ts'

/** Bytes that go into the shared kernel at a time, and that can come out of it. */
export const SHARED_INPUT_BYTES = 64 * 1024
export const SHARED_OUTPUT_BYTES = 256 * 1024

/** A kernel, and where in its memory one may work. */
export interface SharedKernel {
  kernel: Kernel
  input: number
  output: number
  sha1State: number
}

let shared: SharedKernel | undefined

/**
 * One kernel for all that is done without waiting: single objects are inflated and hashed in it. A browser gives each memory
 * of WebAssembly gigabytes of addresses, so there cannot be one for every pack or object. Whoever works in it has to have
 * copied out what is to stay when its call returns.
 */
export function sharedKernel(): SharedKernel {
  if (shared === undefined) {
    const kernel = new Kernel(0)
    const sha1State = kernel.heap
    const input = sha1State + SHA1_STATE_BYTES
    const output = input + SHARED_INPUT_BYTES
    kernel.grow(output + SHARED_OUTPUT_BYTES)
    shared = { kernel, input, output, sha1State }
  }
  return shared
}
