/** How the bytes go over raw channels. */
export interface RawPlan {
  /** Bytes that may be sent and not yet acknowledged, over all connections together. */
  windowBytes: number
  messageBytes: number
}

/** A description and all its candidates. */
export interface RawSide {
  description: RTCSessionDescriptionInit
  candidates: RTCIceCandidateInit[]
}

interface Link {
  connection: RTCPeerConnection
  channel: Promise<RTCDataChannel>
  candidates: Promise<RTCIceCandidateInit[]>
}

/**
 * The least that moves bytes from one page to another by WebRTC: nothing is checked or kept. Connections are dialled before
 * anything is timed; the receiver's acknowledgements hold the sender to the window.
 */
export class RawChannel {
  #links: Link[] = []
  #bytes = new Uint8Array()

  /** For the sender: what it will send. */
  async load(url: string): Promise<number> {
    this.#bytes = new Uint8Array(await (await fetch(url)).arrayBuffer())
    return this.#bytes.length
  }

  /** The sender's side of `count` connections. */
  async offer(count: number): Promise<RawSide[]> {
    this.#links = Array.from({ length: count }, () => {
      const connection = new RTCPeerConnection()
      return { connection, channel: opened(connection.createDataChannel('raw')), candidates: gathered(connection) }
    })
    return await Promise.all(this.#links.map(async (link) => await this.#describe(link)))
  }

  async answer(offers: RawSide[]): Promise<RawSide[]> {
    this.#links = offers.map(() => {
      const connection = new RTCPeerConnection()
      const channel = new Promise<RTCDataChannel>((resolve) => {
        connection.addEventListener('datachannel', (event) => resolve(event.channel), { once: true })
      })
      return { connection, channel: channel.then(opened), candidates: gathered(connection) }
    })
    return await Promise.all(
      this.#links.map(async (link, n) => {
        await take(link.connection, offers[n])
        return await this.#describe(link)
      }),
    )
  }

  async accept(answers: RawSide[]): Promise<void> {
    await Promise.all(this.#links.map(async ({ connection }, n) => await take(connection, answers[n])))
    await Promise.all(this.#links.map(({ channel }) => channel))
  }

  /** Makes ready to send what was loaded, once over all connections together, as soon as the receiver says so. */
  async arm({ windowBytes, messageBytes }: RawPlan): Promise<void> {
    const channels = await Promise.all(this.#links.map(({ channel }) => channel))
    const share = Math.ceil(this.#bytes.length / channels.length)
    for (const [n, channel] of channels.entries()) {
      const bytes = this.#bytes.subarray(n * share, (n + 1) * share)
      sendWhenAsked(channel, bytes, { windowBytes: windowBytes / channels.length, messageBytes })
    }
  }

  /** Receives `total` bytes; seconds from asking for them to having the last one. */
  async receive(total: number, { windowBytes }: RawPlan): Promise<number> {
    const channels = await Promise.all(this.#links.map(({ channel }) => channel))
    const every = Math.floor(windowBytes / channels.length / 4)
    const start = performance.now()
    let received = 0
    await new Promise<void>((done) => {
      for (const channel of channels) {
        let unacknowledged = 0
        channel.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
          received += data.byteLength
          unacknowledged += data.byteLength
          if (unacknowledged >= every) {
            channel.send(String(unacknowledged))
            unacknowledged = 0
          }
          if (received === total) done()
        }
        channel.send('begin')
      }
    })
    return (performance.now() - start) / 1000
  }

  close(): void {
    for (const { connection } of this.#links) connection.close()
    this.#links = []
  }

  async #describe({ connection, candidates }: Link): Promise<RawSide> {
    await connection.setLocalDescription()
    const description = connection.localDescription
    if (description === null) throw new Error('The connection has no description.')
    // Candidates go beside the description, as in a real exchange, and not within it.
    const sdp = description.sdp.replace(/^a=candidate:.*\r\n/gm, '')
    return { description: { type: description.type, sdp }, candidates: await candidates }
  }
}

async function opened(channel: RTCDataChannel): Promise<RTCDataChannel> {
  channel.binaryType = 'arraybuffer'
  if (channel.readyState !== 'open') {
    await new Promise<void>((resolve) => channel.addEventListener('open', () => resolve(), { once: true }))
  }
  return channel
}

async function gathered(connection: RTCPeerConnection): Promise<RTCIceCandidateInit[]> {
  const candidates: RTCIceCandidateInit[] = []
  return await new Promise((resolve) => {
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate === null) resolve(candidates)
      else candidates.push(candidate.toJSON())
    })
  })
}

async function take(connection: RTCPeerConnection, side: RawSide | undefined): Promise<void> {
  if (side === undefined) throw new Error('The other side has fewer connections.')
  await connection.setRemoteDescription(side.description)
  for (const candidate of side.candidates) await connection.addIceCandidate(candidate)
}

function sendWhenAsked(channel: RTCDataChannel, bytes: Uint8Array<ArrayBuffer>, plan: RawPlan): void {
  let sent = 0
  let acknowledged = 0
  channel.onmessage = ({ data }: MessageEvent<string>) => {
    if (data !== 'begin') acknowledged += Number(data)
    while (sent < bytes.length && sent - acknowledged < plan.windowBytes) {
      const message = bytes.subarray(sent, sent + plan.messageBytes)
      channel.send(message)
      sent += message.length
    }
  }
}
