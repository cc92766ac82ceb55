import { HELLO_PATIENCE, HELLO_TIMEOUT, INTERESTS_DELAY } from './config.ts'
import { directConnections, isDirect, relayedConnections } from './components.ts'
import { HelloBusyError, UnsupportedHelloError } from './hello-errors.ts'
import { sleep } from './sleep.ts'
import type { PeerComponents } from './components.ts'
import type { HelloResult, HelloService, Told } from './hello.ts'
import type { Peers } from './peer-manager.ts'
import type { Connection, Logger } from '@libp2p/interface'

type Components = Pick<PeerComponents, 'connectionManager' | 'events' | 'logger'>

/** Decides when Hello is said: by the dialler of each direct connection, and again when something changed. */
export class Greeter {
  readonly #components: Components
  readonly #peers: Peers
  readonly #log: Logger
  readonly #current: Told = { interests: 0, introduction: 0 }
  readonly #told = new Map<string, Told>()
  readonly #greetings = new Map<string, Promise<HelloResult>>()
  readonly #shutdown = new AbortController()
  #hello: HelloService | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(components: Components, peers: Peers) {
    this.#components = components
    this.#peers = peers
    this.#log = components.logger.forComponent('guts:greeter')
  }

  start(hello: HelloService): void {
    this.#hello = hello
    this.#components.events.addEventListener('connection:open', this.#onOpen)
  }

  stop(): void {
    this.#shutdown.abort(new Error('Stopped'))
    clearTimeout(this.#timer)
    this.#components.events.removeEventListener('connection:open', this.#onOpen)
  }

  /** What is told right now; kept with the result of an exchange that begins now. */
  snapshot(): Told {
    return { ...this.#current }
  }

  changed(what: keyof Told): void {
    this.#current[what] += 1
    this.#schedule(INTERESTS_DELAY)
  }

  /** Takes note of an exchange that either side began. */
  done(peer: string, told: Told): void {
    const former = this.#told.get(peer)

    this.#told.set(peer, {
      interests: Math.max(told.interests, former?.interests ?? 0),
      introduction: Math.max(told.introduction, former?.introduction ?? 0),
    })
    this.#schedule(INTERESTS_DELAY)
  }

  forget(peer: string): void {
    this.#told.delete(peer)
  }

  /** Resolves when Hello is done with the peer of this connection, whoever began it. */
  async ensure(connection: Connection, options: { signal: AbortSignal }): Promise<void> {
    const id = connection.remotePeer.toString()

    if (this.#peers.isReady(id)) {
      return
    }
    if (connection.direction === 'inbound' && isDirect(connection) && (await this.#waitForReady(id, options.signal))) {
      return
    }

    await this.#greet(connection)
    options.signal.throwIfAborted()
  }

  readonly #onOpen = (event: CustomEvent<Connection>): void => {
    const connection = event.detail

    if (connection.direction === 'outbound' && isDirect(connection)) {
      this.#greet(connection).catch((error: unknown) => {
        this.#log('no hello with %p - %e', connection.remotePeer, error)
      })
    }
  }

  /** Says Hello on a connection, once at a time, and once more when the other side is busy. */
  #greet(connection: Connection): Promise<HelloResult> {
    let greeting = this.#greetings.get(connection.id)

    if (greeting === undefined) {
      greeting = this.#greetPatiently(connection).finally(() => this.#greetings.delete(connection.id))
      this.#greetings.set(connection.id, greeting)
    }

    return greeting
  }

  async #greetPatiently(connection: Connection): Promise<HelloResult> {
    if (this.#hello === undefined) {
      throw new Error('Not started')
    }

    try {
      return await this.#hello.greet(connection, { signal: this.#shutdown.signal })
    } catch (error) {
      if (error instanceof UnsupportedHelloError && !this.#peers.isRelay(connection.remotePeer.toString())) {
        // There is nothing to say on it, and no way to say it. A relay still relays.
        connection.close().catch((closing: unknown) => {
          connection.abort(closing instanceof Error ? closing : new Error(String(closing)))
        })
      }
      if (!(error instanceof HelloBusyError)) {
        throw error
      }

      await sleep(error.retryAfter, this.#shutdown.signal)
      return this.#hello.greet(connection, { signal: this.#shutdown.signal })
    }
  }

  async #waitForReady(id: string, signal: AbortSignal): Promise<boolean> {
    const ready = Promise.withResolvers<boolean>()
    const stop = this.#peers.on('peer:ready', (state) => {
      if (state.id === id) {
        ready.resolve(true)
      }
    })
    const timer = setTimeout(() => ready.resolve(false), HELLO_PATIENCE)
    const onAbort = (): void => ready.resolve(false)
    signal.addEventListener('abort', onAbort, { once: true })

    try {
      return await ready.promise
    } finally {
      stop()
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      signal.throwIfAborted()
    }
  }

  #schedule(delay: number): void {
    if (this.#shutdown.signal.aborted || this.#timer !== undefined) {
      return
    }

    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#tellAll()
    }, delay)
  }

  #tellAll(): void {
    for (const state of this.#peers.list()) {
      const told = this.#told.get(state.id)

      if (state.link === null || told === undefined || !this.#peers.isReady(state.id)) {
        continue
      }

      // Relays are told no interests, so a change of these is none of theirs.
      const behind =
        told.introduction < this.#current.introduction || (!state.isRelay && told.interests < this.#current.interests)

      if (behind) {
        this.#tell(state.id)
      }
    }
  }

  #tell(id: string): void {
    const peer = this.#components.connectionManager
      .getConnections()
      .find((connection) => connection.remotePeer.toString() === id)?.remotePeer
    const connection =
      peer === undefined
        ? undefined
        : (directConnections(this.#components, peer)[0] ?? relayedConnections(this.#components, peer)[0])

    if (connection === undefined) {
      return
    }

    this.#greet(connection).catch((error: unknown) => {
      this.#log('could not tell %s of a change - %e', id, error)
      this.#schedule(HELLO_TIMEOUT)
    })
  }
}
