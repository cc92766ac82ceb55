import type * as WebRtc from '@libp2p/webrtc'

/** The dialler closes the channel itself as soon as it is connected; this is for one that went away meanwhile. */
const INIT_CHANNEL_LINGER = 10_000

/**
 * Loads `@libp2p/webrtc` with an RTCPeerConnection that is patient with the `init` channel.
 *
 * A dialler opens that channel to have something to connect for, waits until it is open and closes it. The side that is
 * dialled closes it too, at once. Where the dialler's page is busy at that moment (measured: one dial in eight) it finds
 * the channel closed already, waits for an `open` that is past, and the dial hangs until its time-out although both sides
 * are connected. So the dialled side leaves the closing to the dialler.
 *
 * The module takes the constructor from the global once, when it is evaluated: that is the only moment at which another
 * one can be given to it, and the global is put back right after.
 */
export async function loadWebRtc(): Promise<typeof WebRtc> {
  const original = globalThis.RTCPeerConnection

  globalThis.RTCPeerConnection = class extends original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      // Registered before libp2p's own listener, and so called before it.
      this.addEventListener('datachannel', ({ channel }) => {
        if (channel.label === 'init') {
          linger(channel)
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
