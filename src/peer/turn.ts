/**
 * Resolves after everything else that waits had a turn: timers, sockets, other peers. Promises alone give none. A message
 * rather than a timer, because timers of hidden tabs are throttled.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    // Node has it, browsers do not; there a port would keep the process alive.
    const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void }

    if (setImmediate !== undefined) {
      setImmediate(resolve)
      return
    }

    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
