import { createMemoryPeer, type MemoryPeer } from '../../../peer/testing.ts'
import {
  Filter,
  knownTags,
  MAX_LARGE_MESSAGE_BYTES,
  openHandshake,
  openTransfer,
  SYNC_PROTOCOL,
  type Opening,
  type SyncMessage,
} from '../../wire/index.ts'
import { MAX_WINDOW } from '../credit.ts'
import { MessageChannel } from '../message-channel.ts'
import type { Capability } from '../../../peer/index.ts'
import type { Member } from './world.ts'

const LIMITS = { maxFrameBytes: MAX_LARGE_MESSAGE_BYTES, maxQueuedBytes: 2 ** 24 }

/** A stream to `to` of the sync protocol, its challenge read. */
export async function challenged(
  peer: MemoryPeer,
  to: MemoryPeer,
): Promise<{ channel: MessageChannel; challenge: { nonce: Uint8Array<ArrayBuffer> } }> {
  const signal = AbortSignal.timeout(10_000)
  const { stream } = await peer.openStream(to.peerId.toString(), SYNC_PROTOCOL, { signal })
  const channel = new MessageChannel(stream, LIMITS)
  const first = await channel.read(signal)
  if (first?.challenge == null) throw new Error('No challenge')
  return { channel, challenge: first.challenge }
}

/** Askers whose peers are stopped together after a test; `peers` takes others too. */
export function createAskers(): {
  peers: MemoryPeer[]
  /** `key` is what it names in `Open`, whatever the id that it proves. */
  open: (to: Member, digest: Uint8Array, options?: { key?: Uint8Array; capabilities?: Capability[] }) => Promise<Asker>
  stop: () => Promise<void>
} {
  const peers: MemoryPeer[] = []
  return {
    peers,
    async open(to, digest, { key, capabilities } = {}) {
      const peer = await createMemoryPeer({ name: 'Asker', ...(capabilities == null ? {} : { capabilities }) })
      peers.push(peer)
      await peer.dial(to.peer)
      const { channel, challenge } = await challenged(peer, to.peer)
      const opening = await openHandshake(digest, { local: peer.peerId, remote: to.peer.peerId }, challenge)
      if (key != null) opening.message.discoveryKey = Uint8Array.from(key)
      await channel.write({ open: opening.message })
      return new Asker(peer, channel, opening)
    },
    async stop() {
      await Promise.all(peers.splice(0).map((peer) => peer.stop()))
    },
  }
}

/** Asks by hand, so that it can ask what no client of ours would. */
export class Asker {
  readonly peer: MemoryPeer
  readonly channel: MessageChannel
  readonly opening: Opening

  constructor(peer: MemoryPeer, channel: MessageChannel, opening: Opening) {
    this.peer = peer
    this.channel = channel
    this.opening = opening
  }

  async read(): Promise<SyncMessage | undefined> {
    return this.channel.read(AbortSignal.timeout(10_000))
  }

  async opened(): Promise<boolean> {
    const message = await this.read()
    if (message?.opened == null) throw new Error('Not opened')
    return this.opening.verify(message.opened)
  }

  /** What came unasked while something was awaited. */
  readonly told: SyncMessage[] = []

  /** The answer to one request, whatever is told meanwhile. */
  async ask(request: Partial<SyncMessage>): Promise<SyncMessage> {
    await this.channel.write(request)
    return this.until((message) => !isUnasked(message))
  }

  /** The next message that is as wanted. */
  async until(wanted: (message: SyncMessage) => boolean): Promise<SyncMessage> {
    for (;;) {
      const message = await this.read()
      if (message == null) throw new Error('The stream ended')
      if (wanted(message)) return message
      this.told.push(message)
    }
  }

  /** A second stream, on which packs and chunks come, with as much credit as there may be. */
  async openTransfer(number: number, from: Member): Promise<MessageChannel> {
    const { channel: transfer } = await challenged(this.peer, from.peer)
    await transfer.write({ openTransfer: await openTransfer(this.opening.session, number) })
    await this.channel.write({ credit: { bytes: MAX_WINDOW, urgent: MAX_WINDOW } })
    return transfer
  }

  /** Every request there is, one after the other; what is answered, without ids of its own. */
  async everything(pack: Uint8Array<ArrayBuffer>, oid: Uint8Array<ArrayBuffer>): Promise<SyncMessage[]> {
    const known = await knownTags(this.opening.session, [])
    const requests: Array<Partial<SyncMessage>> = [
      { getRefs: { id: 1, known } },
      { getInventory: { id: 2 } },
      { getManifest: { id: 3, pack } },
      { getChunks: { id: 4, transfer: 1, pack, ranges: [{ first: 0, count: 1 }] } },
      { getObjects: { id: 5, transfer: 1, wants: [oid], haves: [], filter: Filter.OBJECTS, thin: false } },
    ]
    const answers: SyncMessage[] = []
    for (const request of requests) {
      await this.channel.write(request)
      const answer = await this.read()
      if (answer != null) answers.push(answer)
    }
    return answers
  }
}

function isUnasked({ announce, have, holders }: SyncMessage): boolean {
  return announce != null || have != null || holders != null
}
