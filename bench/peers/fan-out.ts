import { once } from 'node:events'
import { WebSocket } from 'ws'
import { Deliveries } from './deliveries.ts'
import type { Delivered, PeersCommand } from './protocol.ts'

/** The rival's receivers: plain WebSockets, in the process in which the peers are, so that both have one clock. */
export async function fanOut(command: PeersCommand & { kind: 'fan-out' }): Promise<Delivered> {
  const { port, count, messages, bytes, everyMs, lastMs } = command
  const deliveries = new Deliveries(bytes)
  const sockets = await Promise.all(
    Array.from({ length: count }, async (_, receiver) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`)
      socket.on('message', (message: Buffer) => deliveries.came(message, receiver))
      await once(socket, 'open')
      return socket
    }),
  )
  for (let n = 0; n < messages; n++) {
    const author = n % count
    sockets[author]?.send(deliveries.next(author))
    await new Promise((done) => setTimeout(done, everyMs))
  }
  await new Promise((done) => setTimeout(done, lastMs))
  for (const socket of sockets) socket.close()
  return { delays: deliveries.delays, expected: messages * (count - 1) }
}
