/** Messages that carry their number, and when each of them came to whom: once to each, whatever comes again. */
export class Deliveries {
  readonly delays: number[] = []
  readonly #bytes: number
  readonly #sent: Array<{ at: number; author: number; receivers: Set<number> }> = []

  /** `bytes` is the length of every message. */
  constructor(bytes: number) {
    this.#bytes = bytes
  }

  /** The next message, which `author` sends now. */
  next(author: number): Uint8Array<ArrayBuffer> {
    const message = crypto.getRandomValues(new Uint8Array(this.#bytes))
    new DataView(message.buffer).setUint32(0, this.#sent.length)
    this.#sent.push({ at: performance.now(), author, receivers: new Set() })
    return message
  }

  came(message: Uint8Array, receiver: number): void {
    const number = new DataView(message.buffer, message.byteOffset, message.byteLength).getUint32(0)
    const sent = this.#sent[number]
    if (sent === undefined || receiver === sent.author || sent.receivers.has(receiver)) return
    sent.receivers.add(receiver)
    this.delays.push(performance.now() - sent.at)
  }
}
