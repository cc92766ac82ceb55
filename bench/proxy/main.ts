import type { LinkQuality } from './link.ts'
import { TcpProxy } from './tcp.ts'
import { UdpProxy } from './udp.ts'

// A process of its own, so that what passes through it waits for nothing else. Ends when its parent does.

/** What the parent asks for: an address to stand for. */
export interface ProxyRequest {
  id: number
  kind: 'udp' | 'tcp'
  host: string
  port: number
  quality: LinkQuality
}

export interface ProxyAnswer {
  id: number
  port?: number
  error?: string
}

async function open({ kind, host, port, quality }: ProxyRequest): Promise<number> {
  switch (kind) {
    case 'udp':
      return (await UdpProxy.start(host, port, quality)).port
    case 'tcp':
      return (await TcpProxy.start(port, quality)).port
  }
}

process.on('message', (request: ProxyRequest) => {
  open(request).then(
    (port) => answer({ id: request.id, port }),
    (error: unknown) => answer({ id: request.id, error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())

function answer(message: ProxyAnswer): void {
  process.send?.(message)
}
