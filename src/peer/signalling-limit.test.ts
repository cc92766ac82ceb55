import { RELAY_V2_STOP_CODEC } from '@libp2p/circuit-relay-v2'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect, test } from 'vitest'
import { SIGNALLING_OPEN, WEBRTC_SIGNALING_PROTOCOL } from './config.ts'
import { ConfiguredRelays } from './relays.ts'
import { limitRelayedDials, limitSignalling } from './signalling-limit.ts'
import type { PeerComponents } from './components.ts'
import type { Connection, Stream, StreamHandler, StreamHandlerOptions } from '@libp2p/interface'

const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const connection = { remotePeer: peer } as unknown as Connection

class FakeStream extends EventTarget {
  status = 'open'
  aborted: Error | undefined

  abort(error: Error): void {
    this.aborted = error
    this.dispatchEvent(new Event('close'))
  }

  end(): void {
    this.dispatchEvent(new Event('close'))
  }
}

function registrar(protocol: string) {
  const handled: FakeStream[] = []
  const record: { handler: StreamHandler; options: StreamHandlerOptions } = {
    handler: (stream) => void handled.push(stream as unknown as FakeStream),
    options: { runOnLimitedConnection: true },
  }
  const components = {
    logger: { forComponent: () => () => undefined },
    registrar: {
      getHandler: (asked: string) => {
        expect(asked).toBe(protocol)
        return { ...record }
      },
      handle: async (_protocol: string, handler: StreamHandler, options: StreamHandlerOptions) => {
        expect(options.force).toBe(true)
        Object.assign(record, { handler, options })
      },
    },
  } as unknown as PeerComponents
  const arrive = async (status = 'open'): Promise<FakeStream> => {
    const stream = new FakeStream()
    stream.status = status
    await record.handler(stream as unknown as Stream, connection)
    return stream
  }

  return { components, handled, record, arrive }
}

test('64 signalling streams are open at once, and one more is reset', async () => {
  const { components, handled, record, arrive } = registrar(WEBRTC_SIGNALING_PROTOCOL)
  let now = 0
  const limit = await limitSignalling(components, () => now)
  expect(record.options).toMatchObject({ maxInboundStreams: 2, runOnLimitedConnection: true })

  const streams: FakeStream[] = []
  for (let count = 0; count < SIGNALLING_OPEN; count++) streams.push(await arrive())
  now = 3_600_000
  expect((await arrive()).aborted?.name).toBe('RateLimitedError')
  expect([limit.open, limit.refused, handled.length]).toEqual([64, 1, 64])

  streams[0]?.end()
  expect((await arrive()).aborted).toBeUndefined()
})

test('streams that were reset before they are handled take no place', async () => {
  const { components, handled, arrive } = registrar(WEBRTC_SIGNALING_PROTOCOL)
  const limit = await limitSignalling(components)
  for (let count = 0; count <= SIGNALLING_OPEN; count++) await arrive('reset')
  expect([limit.open, limit.refused, handled.length]).toEqual([0, 0, 0])
  expect((await arrive()).aborted).toBeUndefined()
})

test('64 come at once and 8 a second after, however short each is', async () => {
  const { components, arrive } = registrar(WEBRTC_SIGNALING_PROTOCOL)
  let now = 0
  await limitSignalling(components, () => now)
  const admitted = async (count: number): Promise<number> => {
    let sum = 0
    for (let index = 0; index < count; index++) {
      const stream = await arrive()
      if (stream.aborted === undefined) sum += 1
      stream.end()
    }
    return sum
  }

  expect(await admitted(100)).toBe(64)
  now = 1000
  expect(await admitted(100)).toBe(8)
})

test('only configured relays may relay to us', async () => {
  const strangers = registrar(RELAY_V2_STOP_CODEC)
  await limitRelayedDials(strangers.components, new ConfiguredRelays([]))
  expect((await strangers.arrive()).aborted?.message).toContain('configured relay')
  expect(strangers.handled).toEqual([])

  const known = registrar(RELAY_V2_STOP_CODEC)
  await limitRelayedDials(known.components, new ConfiguredRelays([`/ip4/127.0.0.1/tcp/1/ws/p2p/${peer.toString()}`]))
  expect((await known.arrive()).aborted).toBeUndefined()
  expect(known.handled).toHaveLength(1)
})
