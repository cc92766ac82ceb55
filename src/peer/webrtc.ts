import type * as WebRtc from '@libp2p/webrtc'

/** The dialler closes the channel itself as soon as it is connected; this is for one that went away meanwhile. */
const INIT_CHANNEL_LINGER = 10_000

/**
 * Loads `@libp2p/webrtc` with an RTCPeerConnection that differs in two points:
 *
 * It is patient with the `init` channel. A dialler opens that channel to have something to connect for, waits until it
 * is open and closes it. The side that is dialled closes it too, at once. Where the dialler's page is busy at that moment
 * (measured: one dial in eight) it finds the channel closed already, waits for an `open` that is past, and the dial hangs
 * until its time-out although both sides are connected. So the dialled side leaves the closing to the dialler.
 *
 * And it notices at once when the other side closes. That ends the SCTP association, of which libp2p knows nothing: it
 * waits for ICE to fail, and shows somebody who closed their tab for half a minute more.
 *
 * The module takes the constructor from the global once, when it is evaluated: that is the only moment at which another
 * one can be given to it, and the global is put back right after.
 */
export async function loadWebRtc(): Promise<typeof WebRtc> {
  const original = globalThis.RTCPeerConnection

  globalThis.RTCPeerConnection = class extends original {
    #sctp: RTCSctpTransport | undefined

    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      // Registered before libp2p's own listeners, and so called before them.
      this.addEventListener('datachannel', ({ channel }) => {
        if (channel.label === 'init') {
          linger(channel)
        }
      })
      this.addEventListener('connectionstatechange', () => this.#watch())
    }

    #watch(): void {
      const sctp = this.sctp

      if (sctp === null || sctp === this.#sctp) {
        return
      }

      this.#sctp = sctp
      sctp.addEventListener('statechange', () => {
        if (sctp.state === 'closed' && this.connectionState !== 'closed') {
          this.close()
          // Closing by oneself is no event for the platform; it is how libp2p learns that the connection is over.
          this.dispatchEvent(new Event('connectionstatechange'))
        }
      })
    }
  }

  try {
    return await import('@libp2p/webrtc')
  } finally {
    globalThis.RTCPeerConnection = original
  }
}

function linger(channel: RTCDataChannel): void {
  const close = channel.close.bind(channel)
  const timer = setTimeout(close, INIT_CHANNEL_LINGER)

  channel.addEventListener('close', () => clearTimeout(timer), { once: true })
  channel.close = () => undefined
}
