import { toString } from 'uint8arrays/to-string'
import { GRAYLIST_SCORE, MAX_ANNOUNCEMENT_BYTES, REPOSITORIES_TOPIC } from './config.ts'
import { AnnouncementGuard } from './announcement-guard.ts'
import { isDirect } from './components.ts'
import { GossipGate } from './gossip-gate.ts'
import { Emitter } from './emitter.ts'
import { AnnouncementTooLargeError } from './errors.ts'
import { ALL_TOPICS, shardTopic, topicKind } from './topics.ts'
import { Unheard } from './unheard.ts'
import type { PeerComponents } from './components.ts'
import type { Gossip } from './gossip.ts'
import type { Announcement, Announcements, AnnouncementValidator } from './types.ts'
import type { Message } from '@libp2p/gossipsub'
import type { Logger } from '@libp2p/interface'

export interface AnnouncementsOptions {
  role: 'tab' | 'relay'
  validate: AnnouncementValidator
  /** Configured, or says so itself. */
  isRelay: (id: string) => boolean
  isConfiguredRelay: (id: string) => boolean
  isDenied: (peer: string) => boolean
  /** Disconnects and denies a flooder. */
  deny: (peer: string, reason: string) => Promise<void>
}

const FLOODS = 'Floods announcements'
/** How often scores are looked at: a flooder is gone within this time of falling below the graylist. */
const SCORE_INTERVAL = 1000

/**
 * Gossip about repositories. A tab reads from a hinted holder without it, so its code loads when something is first
 * followed or published; a relay starts it at once and follows every topic.
 */
export class Gossiper implements Announcements {
  readonly #components: PeerComponents
  readonly #options: AnnouncementsOptions
  readonly #log: Logger
  readonly #guard: AnnouncementGuard
  readonly #gate: GossipGate
  readonly #emitter: Emitter<{ announcement: (announcement: Announcement) => void }>
  /** Topic → how many follow it. */
  readonly #followed = new Map<string, number>()
  readonly #unheard = new Unheard()
  /** Announcements that arrived, by what became of them. */
  readonly verdicts = { accept: 0, ignore: 0, reject: 0 }
  #gossip: Promise<Gossip> | undefined
  #running: Gossip | undefined
  #scores: ReturnType<typeof setInterval> | undefined
  #started = false

  constructor(components: PeerComponents, options: AnnouncementsOptions) {
    this.#components = components
    this.#options = options
    this.#log = components.logger.forComponent('guts:announcements')
    this.#emitter = new Emitter((error) => this.#log.error('a listener threw - %e', error))
    this.#guard = new AnnouncementGuard({
      validate: options.validate,
      isRelay: options.isRelay,
      onFlood: (source) => this.#deny(source, FLOODS),
    })
    this.#gate = new GossipGate({
      isConfiguredRelay: options.isConfiguredRelay,
      claimsRelay: options.isRelay,
      onFlood: (source) => this.#deny(source, FLOODS),
    })
  }

  async start(): Promise<void> {
    this.#started = true

    if (this.#options.role === 'relay') {
      for (const topic of ALL_TOPICS) {
        this.#followed.set(topic, 1)
      }
    }
    if (this.#followed.size > 0) {
      await this.#load()
    }
  }

  async stop(): Promise<void> {
    this.#started = false
    clearInterval(this.#scores)
    const gossip = await this.#gossip
    this.#gossip = undefined
    this.#running = undefined
    await gossip?.stop()
  }

  async publish(discoveryKey: Uint8Array, bytes: Uint8Array): Promise<void> {
    await this.#publish(toString(discoveryKey, 'base16'), shardTopic(discoveryKey), bytes)
  }

  async publishRepository(bytes: Uint8Array): Promise<void> {
    await this.#publish(REPOSITORIES_TOPIC, REPOSITORIES_TOPIC, bytes)
  }

  follow(discoveryKey: Uint8Array): () => void {
    return this.#follow(shardTopic(discoveryKey))
  }

  followRepositories(): () => void {
    return this.#follow(REPOSITORIES_TOPIC)
  }

  on(listener: (announcement: Announcement) => void): () => void {
    return this.#emitter.on('announcement', listener)
  }

  /** Gossip's code is here and it runs. */
  get loaded(): boolean {
    return this.#running !== undefined
  }

  /** Peers that speak gossip with us. */
  get peers(): number {
    return this.#running?.getPeers().length ?? 0
  }

  /** PeerIds that follow a topic, as far as we are told. */
  subscribers(topic: string): string[] {
    return this.#running?.getSubscribers(topic).map((peer) => peer.toString()) ?? []
  }

  async #publish(kind: string, topic: string, bytes: Uint8Array): Promise<void> {
    if (bytes.byteLength > MAX_ANNOUNCEMENT_BYTES) {
      throw new AnnouncementTooLargeError(bytes.byteLength, MAX_ANNOUNCEMENT_BYTES)
    }

    const gossip = await this.#load()
    const { recipients } = await gossip.publish(topic, bytes)
    if (recipients.length === 0) this.#unheard.keep(kind, topic, bytes)
    else this.#unheard.heard(kind)
  }

  #follow(topic: string): () => void {
    this.#followed.set(topic, (this.#followed.get(topic) ?? 0) + 1)

    if (this.#started) {
      this.#load().then(
        (gossip) => {
          if (this.#followed.has(topic)) {
            gossip.subscribe(topic)
          }
        },
        (error: unknown) => this.#log.error('could not load gossip - %e', error),
      )
    }

    let stopped = false

    return () => {
      if (!stopped) {
        stopped = true
        this.#unfollow(topic)
      }
    }
  }

  #unfollow(topic: string): void {
    const followers = (this.#followed.get(topic) ?? 0) - 1

    if (followers > 0) {
      this.#followed.set(topic, followers)
    } else {
      this.#followed.delete(topic)
      this.#running?.unsubscribe(topic)
    }
  }

  #load(): Promise<Gossip> {
    this.#gossip ??= this.#startGossip().catch((error: unknown) => {
      // The chunk may be fetched again when the network is back.
      this.#gossip = undefined
      throw error
    })

    return this.#gossip
  }

  async #startGossip(): Promise<Gossip> {
    const { startGossip } = await import('./gossip.ts')
    const gossip = await startGossip(this.#components, {
      role: this.#options.role,
      check: async (message) => {
        const verdict = await this.#guard.check(message)
        this.verdicts[verdict] += 1
        return verdict
      },
      admit: (source, count) => this.#gate.admit(source, count),
      onScore: (source, score) => this.#judge(source, score),
    })

    gossip.addEventListener('message', this.#onMessage)
    gossip.addEventListener('subscription-change', this.#onFollowers)
    // Whoever follows may be known before there is a stream to them.
    gossip.addEventListener('gossipsub:heartbeat', this.#onFollowers)
    for (const topic of this.#followed.keys()) {
      gossip.subscribe(topic)
    }

    this.#running = gossip
    this.#scores = setInterval(() => this.#disconnectGraylisted(gossip), SCORE_INTERVAL)
    await this.#identifyAll()

    return gossip
  }

  /** Connections that were open before do not know that we speak gossip now, nor we that they do. */
  async #identifyAll(): Promise<void> {
    const connections = this.#components.connectionManager.getConnections().filter(isDirect)

    await Promise.all(
      connections.map(async (connection) => {
        try {
          await this.#components.identify.identify(connection)
        } catch (error) {
          this.#log('could not identify %p again - %e', connection.remotePeer, error)
        }
      }),
    )
  }

  readonly #onMessage = (event: CustomEvent<Message>): void => {
    const message = event.detail
    const topic = topicKind(message.topic)

    if (topic !== undefined && message.type === 'signed') {
      this.#emitter.emit('announcement', { topic, bytes: message.data, author: message.from.toString() })
    }
  }

  /** Tells those who follow now what nobody followed when it was announced. */
  readonly #onFollowers = (): void => {
    const followed = (topic: string): boolean => this.subscribers(topic).length > 0
    for (const [kind, topic, bytes] of this.#unheard.take(followed)) {
      this.#publish(kind, topic, bytes).catch((error: unknown) =>
        this.#log.error('could not announce again - %e', error),
      )
    }
  }

  #disconnectGraylisted(gossip: Gossip): void {
    for (const peer of gossip.getPeers()) {
      const id = peer.toString()
      this.#judge(id, gossip.getScore(id))
    }
  }

  /** A relay, too, passes on only what it verified; ours stays all the same: without it nobody is reached. */
  #judge(id: string, score: number): void {
    if (score < GRAYLIST_SCORE && !this.#options.isConfiguredRelay(id)) {
      this.#deny(id, 'Sends announcements that are not valid')
    }
  }

  /** Once: what is still buffered of a flood comes after it. */
  #deny(peer: string, reason: string): void {
    if (this.#options.isDenied(peer)) {
      return
    }

    this.#options.deny(peer, reason).catch((error: unknown) => {
      this.#log.error('could not deny %s - %e', peer, error)
    })
  }
}
