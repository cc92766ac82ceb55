import { mount } from 'svelte'
import AppView from './App.svelte'
import { App } from './state/app.svelte.ts'
import { PageLocation } from './state/location.svelte.ts'
import { openAppStorage } from './storage/app-storage.ts'
import { checkLocks } from './storage/locks.ts'
import './styles/tokens.css'
import './styles/base.css'

// The composition root. The page is drawn first; what is heavy (libp2p, the worker) is loaded while it is looked at.

const app = new App(new PageLocation(window))
const target = document.getElementById('app')
if (target === null) throw new Error('index.html has no element with the id "app"')
target.replaceChildren()

// What nobody caught reaches the screen; the console has it from the browser.
window.addEventListener('error', ({ error, message }) => app.report(error ?? new Error(message)))
window.addEventListener('unhandledrejection', ({ reason }) => app.report(reason))

mount(AppView, { target, props: { app } })

if (window.isSecureContext) void start()
else app.running = { kind: 'insecure' }

async function start(): Promise<void> {
  try {
    const storage = await openAppStorage()
    await checkLocks(navigator)
    app.recents = await storage.recents()
    app.removed = await storage.removed()
    const { startCore } = await import('./start.ts')
    app.ready(
      await startCore(storage, { onStep: (step) => (app.running = { kind: 'starting', step }), onError: app.report }),
    )
    // Last, so that it takes nothing from what somebody waits for.
    if (import.meta.env.PROD) await app.offline.install('sw.js')
  } catch (error) {
    app.running = { kind: 'failed', error }
  }
}
