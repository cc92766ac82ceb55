import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProxyRefusal } from './refusal.ts'

export interface PassLimits {
  /** Bytes of one answer. */
  maxBytes: number
  /** Milliseconds without a byte from the host. */
  idle: number
  /** Milliseconds in which the page takes nothing. */
  unread: number
}

/** Passes the host's answer on as the page takes it: a piece and what the sockets hold is all that waits here. */
export async function passOn(
  upstream: IncomingMessage,
  response: ServerResponse,
  { maxBytes, idle, unread }: PassLimits,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let passed = 0
  const pieces = upstream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  try {
    for (;;) {
      const next = await within(pieces.next(), idle)
      if (next.done === true) break
      const { value } = next
      passed += value.length
      if (passed > maxBytes) throw new ProxyRefusal('large')
      onBytes(value.length)
      if (!response.write(value)) await within(drained(response), unread)
      if (response.destroyed) return
    }
    response.end()
  } finally {
    upstream.destroy()
  }
}

/** Resolves once the page takes more, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
    if (response.destroyed) done()
  })
}

/** Rejects where `work` takes longer than `milliseconds`. */
async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new ProxyRefusal('stalled')), milliseconds)
  try {
    return await Promise.race([late.promise, work])
  } finally {
    clearTimeout(timer)
  }
}

/** A request's body. Rejects with a `ProxyRefusal` beyond `maxBytes`. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const parts: Buffer[] = []
  if (Number(request.headers['content-length']) > maxBytes) throw new ProxyRefusal('large')
  let length = 0
  // Not destroyed where it is too long: its sender is told so.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxBytes) throw new ProxyRefusal('large')
    parts.push(part)
  }
  return Buffer.concat(parts)
}
