import { setImmediate } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { streamPair } from '@libp2p/utils'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { discoveryKey, toBase64url } from '../../document/index.ts'
import {
  Filter,
  MAX_LARGE_MESSAGE_BYTES,
  MAX_PART_BYTES,
  openHandshake,
  Status,
  type SyncMessage,
} from '../../wire/index.ts'
import { SendCredit } from '../credit.ts'
import { MessageChannel } from '../message-channel.ts'
import { IDLE_TIMEOUT } from '../timing.ts'
import { PeerBudget } from './budget.ts'
import { Crowds } from './crowds.ts'
import { ServerControl } from './control.ts'
import {
  MAX_OBJECTS_AT_ONCE,
  MAX_OBJECTS_PER_PEER,
  MAX_STREAMS,
  MAX_UNANSWERED_REQUESTS,
  REFUSED_BUCKET,
  REQUEST_BUCKET,
  UNPROVEN_TIMEOUT,
} from './limits.ts'
import { SyncServer } from './server.ts'
import { ServerTransfer } from './transfer.ts'
import type { GitStore } from '../../../git/index.ts'
import type { GutsPeer, Offence, StreamHandler } from '../../../peer/index.ts'
import type { ServerConnection } from './connection.ts'

afterEach(() => {
  vi.useRealTimers()
})

const digest = new Uint8Array(32).fill(7)

async function newPeerId(): Promise<PeerId> {
  return peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
}

/** A server that holds one repository, and streams to it from a peer, without a network. */
async function newServer(): Promise<{
  local: PeerId
  remote: PeerId
  connect: () => Promise<MessageChannel>
  /** A stream to it, as it is. */
  connectRaw: () => Promise<Stream>
  /** What it held against the peer. */
  offences: Offence[]
}> {
  const [local, remote] = [await newPeerId(), await newPeerId()]
  const key = await discoveryKey(digest)
  let accept: StreamHandler | undefined
  const offences: Offence[] = []
  const peer = {
    peerId: local,
    peers: { penalise: (_: string, offence: Offence) => void offences.push(offence) },
    handle: async (_: string, handler: StreamHandler) => {
      accept = handler
    },
  } as unknown as GutsPeer
  const served = {
    token: toBase64url(digest),
    digest,
    discoveryKey: key,
    answer: () => ({ documents: [], headers: [] }),
    holders: () => [],
    announced: () => undefined,
    carried: () => [],
    havingAll: () => [],
    sent: () => undefined,
  }
  const find = (asked: Uint8Array): typeof served | undefined =>
    toBase64url(asked) === toBase64url(key) ? served : undefined
  await new SyncServer(peer, {} as GitStore, { find }).start()
  const connection = Object.assign(new EventTarget(), { remotePeer: remote, status: 'open' }) as unknown as Connection
  const connectRaw = async (): Promise<Stream> => {
    const [ours, theirs]: Stream[] = await streamPair()
    if (ours == null || theirs == null) throw new Error('No pair')
    void accept?.(theirs, connection)
    return ours
  }
  const connect = async (): Promise<MessageChannel> => {
    return new MessageChannel(await connectRaw(), { maxFrameBytes: MAX_LARGE_MESSAGE_BYTES, maxQueuedBytes: 2 ** 20 })
  }
  return { local, remote, connect, connectRaw, offences }
}

async function prove(
  channel: MessageChannel,
  { local, remote }: { local: PeerId; remote: PeerId },
  known = digest,
): Promise<boolean> {
  const first = await channel.read()
  if (first?.challenge == null) throw new Error('No challenge')
  const opening = await openHandshake(known, { local: remote, remote: local }, first.challenge)
  opening.message.discoveryKey = await discoveryKey(digest)
  await channel.write({ open: opening.message })
  const answer = await channel.read()
  return answer?.opened != null && opening.verify(answer.opened)
}

const fakeTimers = (): void => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
}

/** Milliseconds, whatever the timers say. */
async function realTime(milliseconds: number): Promise<void> {
  const end = performance.now() + milliseconds
  while (performance.now() < end) await setImmediate()
}

describe('streams of peers that prove nothing', () => {
  test('do not keep out one that does, when there is one more than there may be', async () => {
    const server = await newServer()
    const idle = await Promise.all(Array.from({ length: MAX_STREAMS }, () => server.connect()))
    const channel = await server.connect()
    expect(await prove(channel, server)).toBe(true)
    await expect(idle[0]?.closed).resolves.toBeInstanceOf(Error)
    expect(idle.filter(({ open }) => open)).toHaveLength(MAX_STREAMS - 1)
  })

  test('give way to nobody where all are proven', async () => {
    const server = await newServer()
    const channels = await Promise.all(Array.from({ length: MAX_STREAMS }, () => server.connect()))
    for (const channel of channels) expect(await prove(channel, server)).toBe(true)
    await expect((await server.connect()).closed).resolves.toBeInstanceOf(Error)
    expect(channels.every(({ open }) => open)).toBe(true)
  })

  test('end after a while: those with a wrong proof, and transfers of no control stream', async () => {
    fakeTimers()
    const server = await newServer()
    const [wrong, transfer, right] = [await server.connect(), await server.connect(), await server.connect()]
    expect(await prove(wrong, server, new Uint8Array(32))).toBe(false)
    expect(await prove(right, server)).toBe(true)
    await transfer.read()
    const open = { discoveryKey: await discoveryKey(digest), transfer: 1, proof: new Uint8Array(32) }
    await transfer.write({ openTransfer: open })
    // The proof is judged outside of the timers, and its time begins after that: they go on slowly enough for it.
    while (transfer.open && wrong.open) {
      await vi.advanceTimersByTimeAsync(200)
      await realTime(10)
    }
    expect([wrong.open, transfer.open, right.open]).toEqual([true, false, true])
    await vi.advanceTimersByTimeAsync(UNPROVEN_TIMEOUT)
    expect([wrong.open, right.open]).toEqual([false, true])
  })
})

describe('what is held against a peer', () => {
  test('are bytes that nobody sends who knows the protocol', async () => {
    const { connectRaw, offences } = await newServer()
    // A length of 2 MiB, a message without a kind, and one that is none.
    for (const bytes of [[0x80, 0x80, 0x80, 0x01], [0], [2, 0xff, 0xff]]) {
      const stream = await connectRaw()
      stream.send(Uint8Array.from(bytes))
      await vi.waitFor(() => expect(stream.status).not.toBe('open'))
    }
    expect(offences).toEqual(['protocol', 'protocol', 'protocol'])
  })

  test('is asking on, however often it was told to wait: one over what is forgiven', () => {
    let floods = 0
    const budget = new PeerBudget(
      { used: 0 },
      () => 0,
      () => floods++,
    )
    const asked = (times: number): void => {
      for (let n = 0; n < times; n++) budget.request(false)
    }
    asked(REQUEST_BUCKET.capacity + REFUSED_BUCKET.capacity)
    expect(floods).toBe(0)
    asked(1)
    expect(floods).toBe(1)
  })
})

describe('requests', () => {
  test('of which more come than answers are read end the stream, and one less do not', async () => {
    // Answers of a peer that reads nothing never go out; what it asks is read all the same.
    const asked = Array.from({ length: MAX_UNANSWERED_REQUESTS + 1 }, (_, id) => ({ getInventory: { id } }))
    const aborted = async (requests: Array<Partial<SyncMessage>>): Promise<boolean> => {
      let reason: Error | undefined
      const channel = {
        open: true,
        read: async () => requests.shift(),
        write: () => new Promise<never>(() => undefined),
        abort: (error: Error) => (reason = error),
      } as unknown as MessageChannel
      const connection = { peer: 'peer', controls: new Set() } as unknown as ServerConnection
      const store = {} as GitStore
      const budget = new PeerBudget({ used: 0 })
      const control = new ServerControl(
        undefined,
        store,
        new Crowds(store, 'own'),
        connection,
        channel,
        budget,
        () => false,
      )
      await control.run()
      return reason != null
    }
    vi.useFakeTimers()
    expect(await aborted(asked.slice(1))).toBe(false)
    expect(await aborted(asked)).toBe(true)
  })
})

describe('packs', () => {
  test('are not written for one peer in all slots', async () => {
    const slots = { used: 0 }
    const [greedy, other] = [new PeerBudget(slots), new PeerBudget(slots)]
    const never = Promise.withResolvers<void>()
    const run = async (budget: PeerBudget): Promise<boolean> => {
      let busy = false
      const done = budget.objects(
        () => never.promise,
        async () => {
          busy = true
        },
      )
      await Promise.race([done, Promise.resolve()])
      return busy
    }
    for (let n = 0; n < MAX_OBJECTS_PER_PEER; n++) expect(await run(greedy)).toBe(false)
    expect(await run(greedy)).toBe(true)
    for (let n = MAX_OBJECTS_PER_PEER; n < MAX_OBJECTS_AT_ONCE; n++) expect(await run(other)).toBe(false)
    expect(slots.used).toBe(MAX_OBJECTS_AT_ONCE)
    never.resolve()
  })

  test('are not written any more for a peer that takes a byte now and then', async () => {
    vi.useFakeTimers()
    const sent: Array<Partial<SyncMessage>> = []
    const credit = new SendCredit()
    const channel = { open: true, write: async (message: Partial<SyncMessage>) => void sent.push(message) }
    let closed = false
    const store = {
      openObjects: async () => ({ reader: 'reader', objects: 1, bytes: null }),
      readPack: async () => new Uint8Array(2 * MAX_PART_BYTES),
      closeReader: async () => {
        closed = true
      },
    } as unknown as GitStore
    const transfer = new ServerTransfer(
      1,
      {} as ServerControl,
      { credit, relayed: false } as ServerConnection,
      channel as unknown as MessageChannel,
    )
    const request = { id: 1, transfer: 1, wants: [], haves: [], filter: Filter.CLOSURE, thin: false }
    const done = transfer.objects(store, 'token', request, new AbortController().signal)
    for (let total = 1; total <= 4; total++) {
      credit.raise(total)
      await vi.advanceTimersByTimeAsync(IDLE_TIMEOUT / 3)
    }
    await done
    expect(closed).toBe(true)
    expect(sent.at(-1)?.end?.status).toBe(Status.INTERNAL)
  })
})
