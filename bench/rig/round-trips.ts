import { LockstepClock, LockstepProxy } from '../../playwright/support/lockstep-proxy.ts'
import { probeFor } from './open-link.ts'
import { installProbe, markOf } from './probe.ts'
import type { Rig } from './rig.ts'

/** Milliseconds in which a busy machine answers: a clock that ticks earlier would count some round trips twice. */
const QUIET = 300

/**
 * Round trips from the link to something to read, TCP's and the WebSocket's among them. The page itself comes from near by,
 * as an installed one does; all that its peer does goes by way of a proxy whose clock ticks when nothing moves any more.
 */
export async function countRoundTrips(rig: Rig, link: string): Promise<number> {
  const { port } = await rig.relay()
  const browser = await rig.browser()
  const clock = new LockstepClock(QUIET)
  const proxy = await LockstepProxy.start(port, clock)
  const { context, page } = await browser.device()
  try {
    // A direct link has round trips of its own, which the proxy does not see: it must not help.
    await page.addInitScript(() => {
      RTCPeerConnection.prototype.addIceCandidate = async () => undefined
    })
    await installProbe(page, { ...(await probeFor(rig)), sockets: { [port]: proxy.port } })
    await page.goto(link)
    await markOf(page, 'firstFile')
    return LockstepClock.roundTrips(0, clock.ticks)
  } finally {
    clock.stop()
    await context.close()
    await proxy.stop()
  }
}
