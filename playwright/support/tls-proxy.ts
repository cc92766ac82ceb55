import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import { connect, type Socket } from 'node:net'

// Needed by the next import, before it runs.
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

export interface Certificate {
  cert: string
  key: string
}

/** A self-signed certificate for `localhost` and the names given, good for a day. */
export async function selfSigned(names: string[]): Promise<Certificate> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const now = Date.now()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=localhost',
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(now - 3_600_000),
      notAfter: new Date(now + 86_400_000),
      extensions: [
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          ...names.map((value) => ({ type: 'dns' as const, value })),
        ]),
      ],
    },
    crypto,
  )
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
  }
}

/** A TLS proxy as people put before a program: ends TLS, passes requests and WebSocket upgrades on to `port`. */
export class TlsProxy {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = port
  }

  /** `port` may be 0: any that is free. */
  static async start(target: number, certificate: Certificate, port = 0): Promise<TlsProxy> {
    const server = createServer(certificate)
    // Raw bytes both ways once TLS is off: requests and upgrades need no understanding.
    server.removeAllListeners('secureConnection')
    const sockets = new Set<Socket>()
    server.on('secureConnection', (client) => {
      const upstream = connect(target, '127.0.0.1')
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        sockets.add(from)
        from.on('error', () => to.destroy())
        from.on('close', () => {
          sockets.delete(from)
          to.destroy()
        })
        from.pipe(to)
      }
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
    const proxy = new TlsProxy(server, address.port)
    for (const socket of sockets) proxy.#sockets.add(socket)
    return proxy
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
