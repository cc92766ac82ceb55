import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { tcp } from '@libp2p/tcp'
import { loadIdentity, saveIdentity } from '../src/peer/index.ts'
import { createNodePeer, fileKeyStorage } from '../src/peer/node.ts'
import type { NodePeer, TransportFactory } from '../src/peer/node.ts'
import { createRelayValidator } from '../src/sync/index.ts'
import type { RelayConfig } from './config/config.ts'
import { closeToOthers } from './data-directory.ts'
import { lockData } from './data-lock.ts'
import { drain } from './drain.ts'
import { PortError } from './errors.ts'
import { EventLoop } from './event-loop.ts'
import { mayHaveFetched } from './git-proxy/allowed.ts'
import { GitProxy } from './git-proxy/proxy.ts'
import { inspectSource } from './git/inspect.ts'
import { makeSample } from './git/sample.ts'
import { nameSharer, startHolder, UNNAMED } from './holder.ts'
import type { HolderEvents } from './holder.ts'
import { siteHandler } from './http/handler.ts'
import { addressFor, localUrl } from './http/page-config.ts'
import type { Origins } from './http/page-config.ts'
import { openWebServer } from './http/server.ts'
import type { WebServer } from './http/server.ts'
import { StaticFiles } from './http/static-files.ts'
import { isForThisMachine, isLocalCaller } from './local-origin.ts'
import { loadRelayKey } from './key-file.ts'
import { Log } from './log.ts'
import { MAX_RELAY_SOCKETS } from './limits.ts'
import { formatMetrics } from './metrics.ts'
import { OtherRelays } from './other-relays.ts'
import { relayMetrics } from './relay-metrics.ts'
import { checkTls, readTls } from './tls.ts'
import { turnServers } from './turn.ts'
import { watch } from './watch.ts'
import { webSocketAddressOf } from './websocket-address.ts'
import type { WebSocketListener } from './websocket-listener.ts'
import { relayWebSockets } from './websocket-transport.ts'

export interface RelayOptions {
  config: RelayConfig
  /** The project's folder: holds `dist/web`, and `.git` where it is a checkout. */
  root: string
  signal?: AbortSignal
  /** Told of the repositories of `--share`, once it serves. */
  events?: HolderEvents
  /** Default: as the configuration says. */
  log?: Log
}

export interface Relay {
  peer: NodePeer
  /** `http://localhost:8080/`, with the port that is open. */
  url: URL
  /** Multiaddrs for `--bootstrap` of another relay; none where it does not listen for any. */
  forRelays: string[]
  /** Why there is no sample, null where there is one. */
  noSample: string | null
  /** Reads the certificate and its key again. Throws `CertificateError`, and goes on with what it has. */
  reloadTls(): void
  /** Drains first, for as long as it was configured. */
  stop(): Promise<void>
}

const SILENT: HolderEvents = {
  onShared: () => undefined,
  onEmpty: () => undefined,
  onTrouble: () => undefined,
  onIncoming: () => undefined,
}

/** Milliseconds for answers under way when the relay stops. */
const DRAIN = 2_000

/** Starts the relay. What it opened is closed again where something fails. */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { config, root, signal } = options
  const log = options.log ?? new Log(config.log)
  const undo: Array<() => Promise<void>> = []
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    // Before anything is opened: a wrong path is a typing error.
    if (config.tls !== null) checkTls(config.tls)
    const sources = await Promise.all(config.shares.map((path) => inspectSource(path, signal)))
    undo.push(await lockData(config.data))
    await closeToOthers(config.data)
    const storage = fileKeyStorage(join(config.data, 'keys'))
    const key = await loadRelayKey(config)
    const loaded = await loadIdentity(storage, UNNAMED)
    const [first] = sources
    const identity = first === undefined ? loaded : await nameSharer(loaded, storage, first)

    const state: State = {
      started: Date.now(),
      draining: false,
      eventLoop: new EventLoop(),
      ready: Promise.withResolvers(),
      peer: null,
      listener: null,
      others: new OtherRelays(config.bootstrap),
      sample: null,
      answers: new Map(),
    }
    const files = await StaticFiles.list(join(root, 'dist', 'web'))
    const gitProxy = gitProxyOf(config, state)
    undo.push(async () => gitProxy.close())
    const web = await openWebServer(config, siteHandler(site(config, state, files, gitProxy, log, () => web)))
    undo.push(() => web.close(DRAIN))

    const peer = await createNodePeer({
      key,
      identity,
      saveIdentity: (renamed) => saveIdentity(storage, renamed),
      relayServer: true,
      storage,
      relays: config.bootstrap,
      listen: listenAddresses(config, web.port),
      announce: announceAddresses(config),
      transports: [
        webSocketTransport(config, web, state),
        tcp({ maxConnections: MAX_RELAY_SOCKETS }),
      ] as TransportFactory[],
      validateAnnouncement: createRelayValidator(),
      maximumConnections: config.maxConnections,
      maxReservations: config.maxReservations,
      connectionTimeout: config.connectionTimeout,
      keepaliveInterval: config.keepaliveInterval,
    })
    const origins = originsOf(config, web, peer)
    state.others.start(peer)
    undo.push(async () => state.others.stop())
    state.eventLoop.start()
    undo.push(async () => state.eventLoop.stop())
    const stopWatching = watch(peer, () => state.listener?.counts, log)
    undo.push(async () => stopWatching())
    await peer.start()
    undo.push(() => peer.stop())
    refuseUnlessListening(config, peer)

    const sample = await makeSample(root, config.data, signal)
    state.sample = sample.path
    state.peer = peer
    state.ready.resolve(origins)
    if (sources.length > 0) {
      const events = options.events ?? SILENT
      const holder = await startHolder({
        ...events,
        sources,
        peer,
        storage,
        data: config.data,
        localUrl: localUrl(origins),
      })
      undo.push(() => holder.stop())
    }
    return {
      peer,
      url: localUrl(origins),
      forRelays:
        config.listen === null ? [] : peer.addresses().filter((address) => /\/tcp\/\d+\/p2p\/\w+$/.test(address)),
      noSample: sample.path === null ? sample.reason : null,
      reloadTls: () => {
        if (config.tls !== null) web.renew(readTls(config.tls))
      },
      stop: async () => {
        state.draining = true
        stopWatching()
        const isBusy = () => peer.counts.circuits().open > 0 || gitProxy.counts.active > 0
        await drain(peer, { milliseconds: config.drain, isBusy })
        state.peer = null
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What the web server tells; `peer` is null before the relay has started and once it stops. */
interface State {
  started: number
  /** It is stopping: nobody new is taken. */
  draining: boolean
  eventLoop: EventLoop
  /** Resolves once the relay has started. */
  ready: PromiseWithResolvers<Origins>
  peer: NodePeer | null
  listener: WebSocketListener | null
  others: OtherRelays
  sample: string | null
  /** Answers by status. */
  answers: Map<string, number>
}

function site(
  config: RelayConfig,
  state: State,
  files: StaticFiles,
  gitProxy: GitProxy,
  log: Log,
  web: () => WebServer,
): Parameters<typeof siteHandler>[0] {
  return {
    files,
    gitProxy,
    ...allowing(config),
    config: async (request) => {
      const origins = await state.ready.promise
      const hosts = await gitProxy.hostsFor(request)
      const own = addressFor(origins, request)
      const { second, further } = state.others.forPage(own.includes('/tls/ws'))
      return {
        relays: second === null ? [own] : [own, second],
        furtherRelays: further,
        iceServers: [...config.iceServers, ...(config.turn === null ? [] : turnServers(config.turn))],
        publicUrl: config.publicUrl?.origin ?? null,
        sample: state.sample !== null,
        gitProxy: hosts === null ? null : { hosts },
      }
    },
    health: () => ({
      ok: state.peer !== null && !state.draining,
      status: state.draining ? 'draining' : state.peer === null ? 'starting' : 'serving',
      peerId: state.peer?.peerId.toString() ?? null,
      uptime: Math.round((Date.now() - state.started) / 1000),
    }),
    metrics: () => metrics(state, web(), gitProxy),
    sample: () => state.sample,
    onError: (kind, error) =>
      log.error('could not answer a request', {
        kind,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    onAnswer: (status) => state.answers.set(String(status), (state.answers.get(String(status)) ?? 0) + 1),
  }
}

function gitProxyOf({ gitProxy, proxies }: RelayConfig, state: State): GitProxy {
  const { everywhere, hosts, maxBytes } = gitProxy
  const allows = async (request: IncomingMessage) => mayHaveFetched(await state.ready.promise, everywhere, request)
  return new GitProxy({ hosts, maxBytes, allows, proxies })
}

function metrics(state: State, web: WebServer, gitProxy: GitProxy): string {
  const figures = {
    node: state.peer?.counts ?? null,
    isUp: state.peer !== null,
    isDraining: state.draining,
    started: state.started / 1000,
    sockets: state.listener?.counts ?? { connections: 0, pending: 0, failed: 0, unbelieved: 0 },
    guard: web.guard,
    answers: state.answers,
    gitProxy: gitProxy.counts,
    otherRelays: state.others.counts,
    eventLoop: state.eventLoop.read(),
  }
  return formatMetrics(relayMetrics(figures))
}

/** Pages of the web have no business with a relay that is for this machine alone. */
function allowing(config: RelayConfig): { allows?: typeof isLocalCaller } {
  return isForThisMachine(config) ? { allows: isLocalCaller } : {}
}

function webSocketTransport(config: RelayConfig, web: WebServer, state: State) {
  return relayWebSockets({
    server: web.server,
    secure: config.tls !== null,
    guard: web.guard,
    proxies: config.proxies,
    ...allowing(config),
    isDraining: () => state.draining,
    onListener: (listener) => (state.listener = listener),
  })
}

function originsOf(config: RelayConfig, web: WebServer, peer: NodePeer): Origins {
  return { publicUrl: config.publicUrl, secure: config.tls !== null, port: web.port, peerId: peer.peerId.toString() }
}

function listenAddresses(config: RelayConfig, port: number): string[] {
  const ip = (host: string) => `/${host.includes(':') ? 'ip6' : 'ip4'}/${host}`
  const { listen } = config
  return [
    `${ip(config.host)}/tcp/${port}/${config.tls === null ? 'ws' : 'tls/ws'}`,
    ...(listen === null ? [] : [`${ip(listen.host)}/tcp/${listen.port}`]),
  ]
}

/** What others are told; where nothing is configured, what it listens on. */
function announceAddresses({ publicUrl, listen }: RelayConfig): string[] {
  if (publicUrl === null) return []
  const page = webSocketAddressOf(publicUrl)
  const [host] = page.getComponents()
  return [page.toString(), ...(listen === null ? [] : [`/${host!.name}/${host!.value}/tcp/${listen.port}`])]
}

/** libp2p starts even if it could not listen on an address; a relay that others configured must. */
function refuseUnlessListening({ listen }: RelayConfig, peer: NodePeer): void {
  if (listen === null) return
  const isTcp = (address: string) => /\/tcp\/\d+$/.test(address)
  if (peer.components.transportManager.getAddrs().some((address) => isTcp(address.toString()))) return
  throw new PortError('--listen', listen.host, listen.port, 'EADDRINUSE')
}
