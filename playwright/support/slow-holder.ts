import type { BrowserContext, Page } from '@playwright/test'

/** Bytes that a channel carries before its gate: more than files and snapshots, a small part of the whole. */
export const BEFORE_GATE = 700_000

interface Gate {
  /** Messages that wait. */
  held: number
  open(): void
}

type GatedWindow = typeof globalThis & { gate: Gate }

/**
 * Makes a person's pages slow holders: each data channel sends `bytes` and then waits until `openGate`. What carries a
 * repository as a whole is longer than that, what answers who looks at a file is not. With `damage` it waits for nothing, and
 * flips one bit in what is longer. Must be called before the context's first page loads.
 */
export async function holdBack(context: BrowserContext, bytes: number, damage = false): Promise<void> {
  await context.addInitScript(
    ({ bytes, damage }) => {
      const sent = new WeakMap<RTCDataChannel, number>()
      const held: Array<() => void> = []
      let open = false
      let damaged = false
      const gate: Gate = {
        get held() {
          return held.length
        },
        open() {
          open = true
          for (const send of held.splice(0)) send()
        },
      }
      Object.assign(globalThis, { gate })
      // Called with the channel that it is taken from.
      // eslint-disable-next-line @typescript-eslint/unbound-method
      const { send } = RTCDataChannel.prototype
      RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: unknown) {
        const before = sent.get(this) ?? 0
        const view = data as Uint8Array<ArrayBuffer>
        sent.set(this, before + view.byteLength)
        if (before < bytes || open || damaged) return send.call(this, view)
        if (damage) {
          const copy = new Uint8Array(view)
          // Far from both ends, where lengths stand.
          damaged = copy.length > 16_000
          if (damaged) copy[5000] = (copy[5000] ?? 0) ^ 1
          return send.call(this, copy)
        }
        // The sender may write into it again.
        const copy = view.slice()
        held.push(() => {
          if (this.readyState === 'open') send.call(this, copy)
        })
      }
    },
    { bytes, damage },
  )
}

/** Messages that a slow holder has not sent yet. */
export async function heldBack(page: Page): Promise<number> {
  return await page.evaluate(() => (globalThis as GatedWindow).gate.held)
}

export async function openGate(page: Page): Promise<void> {
  await page.evaluate(() => (globalThis as GatedWindow).gate.open())
}
