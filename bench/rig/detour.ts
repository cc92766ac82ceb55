import type { Page } from '@playwright/test'
import type { Between } from '../proxy/between.ts'

type DetouredWindow = typeof globalThis & { benchDetour(host: string, port: number): Promise<number> }

/**
 * Leads the page's data channels through `between`: the addresses that the other side names are replaced before the browser
 * learns of them. Must be called before the page goes anywhere.
 */
export async function detour(page: Page, between: Between): Promise<void> {
  await page.exposeFunction('benchDetour', async (host: string, port: number) => await between.udp(host, port))
  await page.addInitScript(rewriteCandidates)
}

/** Runs in the page, before any of its own code. Everything that it uses must stand within it. */
function rewriteCandidates(): void {
  const { prototype } = RTCPeerConnection
  // What is done to one connection happens in the order that it was asked for, though each waits for an answer first.
  const turns = new WeakMap<RTCPeerConnection, Promise<unknown>>()
  const inTurn = async <T>(connection: RTCPeerConnection, work: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(connection) ?? Promise.resolve()).then(work, work)
    turns.set(connection, turn)
    return await turn
  }
  const ask = async (host: string, port: number): Promise<number> =>
    await (globalThis as DetouredWindow).benchDetour(host, port)

  /** `candidate:1 1 udp 2113937151 192.0.2.2 46367 typ host …`; null where the browser shall not have it. */
  const rewritten = async (candidate: string): Promise<string | null> => {
    const parts = candidate.split(' ')
    const [, , transport = '', , host = '', port = ''] = parts
    if (candidate === '') return candidate
    // Candidates over TCP would go around the proxy.
    if (transport.toLowerCase() !== 'udp') return null
    if (!/^[0-9a-f.:]+$/i.test(host)) throw new Error(`A candidate has no address: ${candidate}`)
    parts[5] = String(await ask(host, Number(port)))
    return parts.join(' ')
  }

  type Add = (this: RTCPeerConnection, candidate?: RTCIceCandidateInit | null) => Promise<void>
  const addIceCandidate = Object.getOwnPropertyDescriptor(prototype, 'addIceCandidate')?.value as Add
  const add: Add = async function (candidate) {
    await inTurn(this, async () => {
      if (candidate?.candidate == null) return await addIceCandidate.call(this, candidate)
      const text = await rewritten(candidate.candidate)
      if (text === null) return
      const { sdpMid, sdpMLineIndex, usernameFragment } = candidate
      await addIceCandidate.call(this, { candidate: text, sdpMid, sdpMLineIndex, usernameFragment })
    })
  }

  type SetRemote = (this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void>
  const setRemoteDescription = Object.getOwnPropertyDescriptor(prototype, 'setRemoteDescription')?.value as SetRemote
  const setRemote: SetRemote = async function (description) {
    await inTurn(this, async () => {
      const lines: string[] = []
      for (const line of (description.sdp ?? '').split('\r\n')) {
        const text = line.startsWith('a=candidate:') ? await rewritten(line.slice(2)) : undefined
        if (text === undefined) lines.push(line)
        else if (text !== null) lines.push(`a=${text}`)
      }
      await setRemoteDescription.call(this, { type: description.type, sdp: lines.join('\r\n') })
    })
  }
  Object.assign(prototype, { addIceCandidate: add, setRemoteDescription: setRemote })
}
