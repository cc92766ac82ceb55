import { createContext } from 'svelte'
import { createSubscriber } from 'svelte/reactivity'

/** The time as views read it: one timer for all of them, and none while nobody reads. */
export class Clock {
  readonly #subscribe: () => void

  /** `interval` in milliseconds: how often readers are told. */
  constructor(interval: number) {
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, interval)
      return () => clearInterval(timer)
    })
  }

  /** Unix milliseconds. */
  get now(): number {
    this.#subscribe()
    return Date.now()
  }
}

export interface Clocks {
  /** For "5 minutes ago". */
  minute: Clock
  /** For "in 3 s". */
  second: Clock
}

export const [getClocks, setClocks] = createContext<Clocks>()
