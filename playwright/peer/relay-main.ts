import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { TrustedProxies } from '../../relay/forwarded-for.ts'
import { SocketGuard } from '../../relay/socket-guard.ts'
import { relayWebSockets } from '../../relay/websocket-transport.ts'
import { createNodePeer, fileKeyStorage, loadPeerKey } from '../../src/peer/node.ts'
import { loadIdentity } from '../../src/peer/index.ts'

/** A relay with nothing around it: `node relay-main.js <port> <key directory> <page directory> [other relays]`. */
const [port = '', keys = '', page = '', ...bootstrap] = process.argv.slice(2)
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }

const server = createServer((request, response) => {
  const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
  const file = join(page, path === '/' ? 'index.html' : path)

  response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
  createReadStream(file)
    .on('error', () => response.writeHead(404).end())
    .pipe(response)
})

const storage = fileKeyStorage(keys)
const peer = await createNodePeer({
  key: await loadPeerKey(storage, 0),
  identity: await loadIdentity(storage, 'relay'),
  relayServer: true,
  relays: bootstrap,
  transports: [
    relayWebSockets({
      server,
      secure: false,
      guard: new SocketGuard(server),
      proxies: new TrustedProxies([]),
    }),
  ],
  listen: [`/ip4/127.0.0.1/tcp/${port}/ws`],
  validateAnnouncement: async () => 'accept',
})

await new Promise<void>((resolve) => server.listen(Number(port), '127.0.0.1', resolve))
await peer.start()
console.log(`ready ${peer.addresses()[0]}`)

process.on('SIGTERM', () => {
  void peer.stop().then(() => process.exit(0))
})
