export type OfflineStatus =
  /** Not asked yet, or a page of the development server. */
  | { kind: 'off' }
  | { kind: 'installing' }
  /** The app opens without a network. */
  | { kind: 'ready' }
  /** A newer version waits for its user's word. */
  | { kind: 'update'; worker: ServiceWorker }
  /** The browser refused: the app works, with a network. */
  | { kind: 'failed'; error: unknown }

/** The app as this browser keeps it, and the newer version that may wait. */
export class OfflineApp {
  status: OfflineStatus = $state.raw({ kind: 'off' })

  /** Keeps the app that `script` describes. Never rejects: the app runs without it. */
  async install(script: string): Promise<void> {
    if (!('serviceWorker' in navigator)) return
    this.status = { kind: 'installing' }
    try {
      const registration = await navigator.serviceWorker.register(script)
      registration.addEventListener('updatefound', () => this.#follow(registration.installing))
      if (registration.waiting) this.status = { kind: 'update', worker: registration.waiting }
      else if (registration.installing) this.#follow(registration.installing)
      else this.status = { kind: 'ready' }
    } catch (error) {
      this.status = { kind: 'failed', error }
    }
  }

  /** Takes the newer version, and opens the page anew with it. */
  readonly update = (): void => {
    if (this.status.kind !== 'update') return
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
    this.status.worker.postMessage('take-over')
  }

  #follow(worker: ServiceWorker | null): void {
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && navigator.serviceWorker.controller) this.status = { kind: 'update', worker }
      else if (worker.state === 'activated') this.status = { kind: 'ready' }
      else if (worker.state === 'redundant' && this.status.kind === 'installing') {
        this.status = { kind: 'failed', error: new Error('The browser could not keep the app.') }
      }
    })
  }
}
