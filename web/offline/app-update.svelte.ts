/** The next version of the app: kept beside this one until its user wants it. */
export class AppUpdate {
  #waiting = $state.raw<ServiceWorker | null>(null)
  readonly #container: ServiceWorkerContainer

  constructor(container: ServiceWorkerContainer) {
    this.#container = container
  }

  /** A version that is complete and waits. */
  get ready(): boolean {
    return this.#waiting !== null
  }

  /** Keeps the app for offline use, and watches for newer versions. `script` is relative to the page. */
  async register(script: string): Promise<void> {
    const registration = await this.#container.register(script)
    const look = (): void => {
      // Without a controller the first version is being kept: nothing to accept.
      if (this.#container.controller !== null) this.#waiting = registration.waiting
    }
    look()
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', look)
    })
  }

  /** Starts the waiting version: the page loads anew with it. */
  accept(reload: () => void): void {
    this.#container.addEventListener('controllerchange', reload, { once: true })
    this.#waiting?.postMessage('accept')
  }
}
