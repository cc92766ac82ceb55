import { generateKeyPair, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import { RPC } from '@libp2p/gossipsub/message'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { concat } from 'uint8arrays/concat'

export const GOSSIP_PROTOCOL = '/meshsub/1.2.0'

/** Messages of one RPC: as many as are taken of it. */
const PER_RPC = 32

export interface ForgedGossip {
  topic: string
  count: number
  /** Signed as they should be; else signed by nobody, which costs their maker nothing. */
  good: boolean
}

/**
 * What a flooder sends, made beforehand: frames for a gossip stream with `count` messages that nobody has seen, of one
 * author. For tests.
 */
export async function forgeRpcs({ topic, count, good }: ForgedGossip): Promise<Uint8Array[]> {
  const key = await generateKeyPair('Ed25519')
  const from = peerIdFromPrivateKey(key).toMultihash().bytes
  const rpcs: Uint8Array[] = []

  for (let first = 0; first < count; first += PER_RPC) {
    const messages: RPC.Message[] = []

    for (let n = first; n < Math.min(first + PER_RPC, count); n++) {
      const seqno = new Uint8Array(8)
      new DataView(seqno.buffer).setBigUint64(0, BigInt(Date.now()) * 1_000_000n + BigInt(n))
      const message = { from, data: crypto.getRandomValues(new Uint8Array(200)), seqno, topic }
      const bytes = concat([new TextEncoder().encode('libp2p-pubsub:'), RPC.Message.encode(message)])
      const signature = good ? await key.sign(bytes) : crypto.getRandomValues(new Uint8Array(64))
      messages.push({ ...message, signature, key: publicKeyToProtobuf(key.publicKey) })
    }

    const rpc = RPC.encode({ subscriptions: [], messages })
    rpcs.push(concat([varint(rpc.byteLength), rpc]))
  }

  return rpcs
}

function varint(value: number): Uint8Array {
  return value < 128 ? Uint8Array.of(value) : concat([Uint8Array.of((value & 127) | 128), varint(value >>> 7)])
}
