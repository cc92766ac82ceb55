import { pbStream } from '@libp2p/utils'
import {
  ATTESTATION_LIFETIME,
  HELLO_BUCKET,
  HELLO_PROTOCOL,
  HELLO_TIMEOUT,
  HELLO_VERSION,
  MAX_HELLO_BYTES,
  NONCE_BYTES,
} from './config.ts'
import { signAttestation } from './attestation.ts'
import { MalformedHelloError } from './errors.ts'
import { HelloBusyError, UnsupportedHelloError } from './hello-errors.ts'
import { checkHello, checkInterests } from './hello-checks.ts'
import { matchTags, packTags, tagInterests } from './interests.ts'
import { Hello, HelloAck, HelloDone, HelloStatus } from './pb/hello.ts'
import { TokenBuckets } from './token-bucket.ts'
import type { CheckedHello } from './hello-checks.ts'
import type { PeerComponents } from './components.ts'
import type { Capability, Identity } from './types.ts'
import type { Connection, Logger, Stream } from '@libp2p/interface'

/** What both sides know of each other after an exchange. */
export interface HelloResult extends CheckedHello {
  connection: Connection
  /** Hex discovery keys that both named. */
  repositories: string[]
  /** Orders the results of exchanges that overlapped: when this one began, by our own count. */
  began: number
  /** What `HelloOptions.snapshot` returned when this exchange began. */
  told: Told
}

/** Counts of the states of what a Hello tells; see `Greeter`. */
export interface Told {
  interests: number
  /** Name and capabilities. */
  introduction: number
}

export interface HelloOptions {
  identity: () => Identity
  agent: string
  session: Uint8Array
  capabilities: () => Capability[]
  interests: () => Uint8Array[]
  isRelay: (id: string) => boolean
  snapshot: () => Told
  /** No Hello can be had: the other side speaks this version, or (null) none that is known. */
  onUnspoken: (connection: Connection, theirs: number | null) => void
  /** It broke the rules of Hello. */
  onMalformed: (peer: string) => void
  /** Throws where whoever runs the peer is refused. */
  admit: (identity: string, connection: Connection) => void
  onResult: (result: HelloResult) => void
}

/** Errors, by name, of who breaks Hello's rules: ours, and those of the framing and its bounds. */
const MALFORMED: ReadonlySet<string> = new Set([
  MalformedHelloError.name,
  'InvalidDataLengthError',
  'InvalidDataLengthLengthError',
  'MaxLengthError',
])

type Components = Pick<PeerComponents, 'peerId' | 'registrar' | 'logger'>

/**
 * `/guts/hello/1.0.0`: Hello → HelloAck → HelloDone, once a connection, and again when something that it told changed.
 * Nobody's interests go to a relay: it would learn who holds the same as whom.
 */
export class HelloService {
  readonly #components: Components
  readonly #options: HelloOptions
  readonly #log: Logger
  readonly #buckets = new TokenBuckets(HELLO_BUCKET)
  #attestation: { bytes: Promise<Uint8Array>; identity: Identity; signedAt: number } | undefined
  #exchanges = 0

  constructor(components: Components, options: HelloOptions) {
    this.#components = components
    this.#options = options
    this.#log = components.logger.forComponent('guts:hello')
  }

  async start(): Promise<void> {
    await this.#components.registrar.handle(
      HELLO_PROTOCOL,
      async (stream, connection) => {
        try {
          await this.#answer(stream, connection)
        } catch (error) {
          this.#log.error('hello from %p failed - %e', connection.remotePeer, error)
          this.#judge(connection, error)
          stream.abort(error instanceof Error ? error : new Error(String(error)))
        }
      },
      // A relayed link carries it only when its dialler could not have WebRTC.
      { maxInboundStreams: 2, runOnLimitedConnection: true },
    )
  }

  async stop(): Promise<void> {
    await this.#components.registrar.unhandle(HELLO_PROTOCOL)
  }

  /** Says Hello on a connection. Rejects with `HelloBusyError`, `MalformedHelloError` or the stream's error. */
  async greet(connection: Connection, options: { signal?: AbortSignal } = {}): Promise<HelloResult> {
    const signal = withTimeout(options.signal)
    const began = ++this.#exchanges
    const told = this.#options.snapshot()
    const stream = await this.#open(connection, signal)

    try {
      const messages = pbStream(stream, { maxDataLength: MAX_HELLO_BYTES })
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))

      await messages.write({ version: HELLO_VERSION, nonce, ...(await this.#introduce()) }, Hello, { signal })
      const ack = await messages.read(HelloAck, { signal })
      failUnlessOk(connection, ack)

      const checked = await checkHello(ack, connection.remotePeer)
      this.#options.admit(checked.identity.id, connection)
      const tags = await tagInterests(this.#options.interests(), nonce, checked.nonce)
      const theirs = checkInterests(ack.interests, connection.remotePeer)
      const ours = this.#isRelay(checked, connection) ? new Uint8Array(0) : packTags(tags)

      await messages.write({ interests: ours }, HelloDone, { signal })
      await stream.close({ signal })

      return this.#finish({ ...checked, connection, began, told, repositories: matchTags(tags, theirs) })
    } catch (error) {
      this.#judge(connection, error)
      stream.abort(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  /** Rejects with `UnsupportedHelloError` where the other side knows no version of Hello that we do. */
  async #open(connection: Connection, signal: AbortSignal): Promise<Stream> {
    try {
      return await connection.newStream(HELLO_PROTOCOL, { signal, runOnLimitedConnection: true })
    } catch (error) {
      if (error instanceof Error && error.name === 'UnsupportedProtocolError') {
        const unspoken = new UnsupportedHelloError(connection.remotePeer.toString(), null)
        this.#judge(connection, unspoken)
        throw unspoken
      }
      throw error
    }
  }

  #judge(connection: Connection, error: unknown): void {
    if (error instanceof UnsupportedHelloError) {
      this.#options.onUnspoken(connection, error.version)
    } else if (error instanceof Error && MALFORMED.has(error.name)) {
      this.#options.onMalformed(connection.remotePeer.toString())
    }
  }

  async #answer(stream: Stream, connection: Connection): Promise<void> {
    const signal = withTimeout()
    const began = ++this.#exchanges
    const told = this.#options.snapshot()
    const messages = pbStream(stream, { maxDataLength: MAX_HELLO_BYTES })
    const bucket = this.#buckets.get(connection.remotePeer.toString())

    if (!bucket.take()) {
      await messages.write(refusal(HelloStatus.BUSY, bucket.retryAfter()), HelloAck, { signal })
      await stream.close({ signal })
      return
    }

    const hello = await messages.read(Hello, { signal })

    if (hello.version !== HELLO_VERSION) {
      await messages.write(refusal(HelloStatus.UNSUPPORTED_VERSION, 0), HelloAck, { signal })
      await stream.close({ signal })
      // Its dialler closes the connection, knowing why; if it does not, it is left as one that is of no use.
      this.#options.onUnspoken(connection, hello.version)
      return
    }

    const checked = await checkHello(hello, connection.remotePeer)
    this.#options.admit(checked.identity.id, connection)
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
    const tags = await tagInterests(this.#options.interests(), checked.nonce, nonce)
    const ours = this.#isRelay(checked, connection) ? new Uint8Array(0) : packTags(tags)

    await messages.write(
      {
        status: HelloStatus.OK,
        version: HELLO_VERSION,
        nonce,
        interests: ours,
        retryAfter: 0,
        ...(await this.#introduce()),
      },
      HelloAck,
      { signal },
    )

    const done = await messages.read(HelloDone, { signal })
    const theirs = checkInterests(done.interests, connection.remotePeer)
    await stream.close({ signal })

    this.#finish({ ...checked, connection, began, told, repositories: matchTags(tags, theirs) })
  }

  #finish(result: HelloResult): HelloResult {
    this.#options.onResult(result)
    return result
  }

  /** A configured relay, or who says that it is one: neither is told what we hold. */
  #isRelay(hello: CheckedHello, connection: Connection): boolean {
    return this.#options.isRelay(connection.remotePeer.toString()) || hello.capabilities.includes('relay/1')
  }

  async #introduce(): Promise<Pick<Hello, 'agent' | 'capabilities' | 'attestation' | 'session'>> {
    return {
      agent: this.#options.agent,
      capabilities: this.#options.capabilities(),
      attestation: (await this.#attest()) as Uint8Array<ArrayBuffer>,
      session: this.#options.session as Uint8Array<ArrayBuffer>,
    }
  }

  async #attest(): Promise<Uint8Array> {
    const identity = this.#options.identity()
    const now = Date.now()
    const held = this.#attestation

    if (held !== undefined && held.identity === identity && now - held.signedAt < ATTESTATION_LIFETIME / 2) {
      return held.bytes
    }

    const bytes = signAttestation(identity, this.#components.peerId, now)
    this.#attestation = { bytes, identity, signedAt: now }
    return bytes
  }
}

function refusal(status: HelloStatus, retryAfter: number): HelloAck {
  return {
    status,
    version: HELLO_VERSION,
    agent: '',
    capabilities: [],
    attestation: new Uint8Array(0),
    nonce: new Uint8Array(0),
    session: new Uint8Array(0),
    interests: new Uint8Array(0),
    retryAfter,
  }
}

function failUnlessOk(connection: Connection, ack: HelloAck): void {
  switch (ack.status) {
    case HelloStatus.OK:
      return
    case HelloStatus.BUSY:
      throw new HelloBusyError(connection.remotePeer.toString(), Math.min(ack.retryAfter, 60_000))
    case HelloStatus.UNSUPPORTED_VERSION:
      throw new UnsupportedHelloError(connection.remotePeer.toString(), ack.version)
  }
}

function withTimeout(signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(HELLO_TIMEOUT)

  return signal === undefined ? timeout : AbortSignal.any([signal, timeout])
}
