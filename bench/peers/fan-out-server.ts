import { WebSocketServer } from 'ws'

// The rival's server, a process of its own as the relay is: what one WebSocket sends goes to all others, nothing is checked.
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
server.on('connection', (socket) => {
  socket.on('message', (message) => {
    for (const other of server.clients) if (other !== socket) other.send(message)
  })
})
server.on('listening', () => {
  const address = server.address()
  if (address !== null && typeof address !== 'string') process.send?.({ port: address.port })
})
