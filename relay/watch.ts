import type { Connection } from '@libp2p/interface'
import type { NodePeer } from '../src/peer/node.ts'
import type { Log } from './log.ts'
import type { WebSocketListenerCounts } from './websocket-listener.ts'

/** Milliseconds: what happens often is told once a minute. */
const SUMMARY_INTERVAL = 60_000

/** Writes down what an operator should know of. Stops with the function that it answers. */
export function watch(peer: NodePeer, listener: () => WebSocketListenerCounts | undefined, log: Log): () => void {
  const stops = [
    peer.peers.on('peer:ready', (state) => {
      if (state.isRelay) log.info('connected with another relay', { peer: state.id })
    }),
    peer.peers.on('peer:gone', (state) => {
      if (state.isRelay) log.warn('lost another relay; it is dialled until it is back', { peer: state.id })
    }),
    peer.peers.on('peer:denied', ({ id, reason, until }) =>
      log.warn('denied a peer', { peer: id, reason, until: new Date(until).toISOString() }),
    ),
  ]
  const onOpen = ({ detail }: CustomEvent<Connection>) => log.debug('connection opened', about(detail))
  const onClose = ({ detail }: CustomEvent<Connection>) => log.debug('connection closed', about(detail))
  const { events } = peer.components
  events.addEventListener('connection:open', onOpen)
  events.addEventListener('connection:close', onClose)
  const summarize = summaries(peer, listener, log)
  const timer = setInterval(summarize, SUMMARY_INTERVAL)
  return () => {
    clearInterval(timer)
    summarize()
    for (const stop of stops) stop()
    events.removeEventListener('connection:open', onOpen)
    events.removeEventListener('connection:close', onClose)
  }
}

function about({ remotePeer, remoteAddr, direction }: Connection) {
  return { peer: remotePeer.toString(), address: remoteAddr.toString(), direction }
}

/** Each time that it is called: what was refused since the last time. */
function summaries(peer: NodePeer, listener: () => WebSocketListenerCounts | undefined, log: Log): () => void {
  const figures = [
    [
      'refused reservations: the table, or what one address gets of it, is full',
      () => peer.counts.reservationsRefused(),
    ],
    ['refused connections: their address has too many', () => peer.counts.connectionsRefused()],
    ['refused relayed links: their source has too many, or no bytes left', () => peer.counts.circuits().refused],
    [
      'ignored X-Forwarded-For, so that all its visitors share the limits of one address: if a proxy of yours stands ' +
        'before this port, name it with --trust-proxy',
      () => listener()?.unbelieved ?? 0,
    ],
  ] as const
  const before = figures.map(() => 0)
  return () => {
    for (const [i, [message, read]] of figures.entries()) {
      const now = read()
      const count = now - before[i]!
      before[i] = now
      if (count > 0) log.warn(message, { count })
    }
  }
}
