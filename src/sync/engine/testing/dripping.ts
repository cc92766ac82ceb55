import type { Stream } from '@libp2p/interface'
import { decodeSyncMessage, encodeSyncMessage, type SyncMessage } from '../../wire/index.ts'
import { FrameParser, framePrefix } from '../frames.ts'
import type { GutsPeer } from '../../../peer/index.ts'

/** Milliseconds from one byte to the next. */
const BYTE_EVERY = 1000

/** `peer`, as one that sends the chunks that it is asked for a byte a second: each in a message of its own, as may be. */
export function dripping(peer: GutsPeer): GutsPeer {
  return replacing(peer, {
    handle: (protocol, handler, options) =>
      peer.handle(protocol, (stream, connection) => handler(slow(stream), connection), options),
  })
}

function slow(stream: Stream): Stream {
  const send = (message: Partial<SyncMessage>): boolean => {
    const bytes = encodeSyncMessage(message)
    return stream.send(Buffer.concat([framePrefix(bytes.byteLength), bytes]))
  }
  let begun = false
  return replacing(stream, {
    send: (data) => {
      // What comes after it would be sent in a day or two.
      if (begun) return false
      const [frame] = new FrameParser(1024 * 1024).push(data.subarray())
      const chunk = frame == null ? undefined : decodeSyncMessage(frame).chunk
      if (chunk == null) return stream.send(data)
      begun = true
      let sent = 0
      const timer = setInterval(() => {
        if (stream.status !== 'open' || sent >= chunk.bytes.byteLength) return clearInterval(timer)
        send({ chunk: { ...chunk, offset: chunk.offset + sent, bytes: chunk.bytes.slice(sent, sent + 1) } })
        sent++
      }, BYTE_EVERY)
      return false
    },
  })
}

function replacing<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
