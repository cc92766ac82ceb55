import { createSubscriber } from 'svelte/reactivity'
import { on } from 'svelte/events'
import type { Address, Route } from '../router/index.ts'
import { formatRoute, parseAddress } from '../router/index.ts'

/** The address bar as the views read it. */
export class PageLocation {
  readonly #window: Window
  readonly #subscribe: () => void
  readonly #address: Address & { seen: boolean } = $derived.by(() => {
    this.#subscribe()
    const { location, history } = this.#window
    return { ...parseAddress(location.hash), seen: history.state !== null }
  })
  /** Told by `replace`, of which the browser tells nobody. */
  #changed: (() => void) | null = null

  constructor(window: Window) {
    this.#window = window
    this.#subscribe = createSubscriber((update) => {
      this.#changed = update
      const stop = on(window, 'hashchange', update)
      return () => {
        this.#changed = null
        stop()
      }
    })
  }

  /** `seen`: it was gone back or forward to, or loaded again; nobody typed or pressed a link just now. */
  get address(): Address & { seen: boolean } {
    return this.#address
  }

  get route(): Route {
    return this.#address.route
  }

  /** Where the app is served: what a link begins with. */
  get base(): string {
    const { origin, pathname } = this.#window.location
    return `${origin}${pathname === '/' ? '' : pathname.replace(/\/(index\.html)?$/, '')}`
  }

  readonly navigate = (route: Route): void => {
    this.#window.location.hash = formatRoute(route)
  }

  /**
   * True once for each address that is new, false for one that was gone back or forward to: there the browser puts the
   * page where its reader left it.
   */
  takeArrival(): boolean {
    const { history } = this.#window
    if (history.state !== null) return false
    history.replaceState({ seen: true }, '')
    return true
  }

  /** Changes the address in place: nothing to go back to. */
  replace(fragment: string): void {
    this.#window.history.replaceState(this.#window.history.state, '', fragment)
    this.#changed?.()
  }
}
