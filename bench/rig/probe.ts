import type { Page } from '@playwright/test'

/** What is watched in a page of the app, from outside of its code. */
export interface ProbeOptions {
  /** Count the payload of data channels and WebSockets. */
  count?: boolean
  /** Bytes of data channels after which the page reloads itself, once. */
  reloadAt?: number
  /** Bytes a second that all data channels of the page may send together, once `throttled` is set. */
  uploadRate?: number
  /** WebSockets to a port (key) go to another one (value). */
  sockets?: Record<number, number>
  /** The folder's README is waited for, too, before the first file counts as shown. */
  readme?: boolean
  /** Agree to a repository that is bigger than may be fetched unasked, as soon as the page asks. */
  agree?: boolean
}

/** Moments in Unix milliseconds, with fractions. */
export interface Marks {
  /** The first WebSocket opened: the relay is reached. Watched where sockets are counted. */
  socketOpen: number | null
  /** The first data channel opened: dialling is over. */
  channelOpen: number | null
  /** The repository's refs moved, which is one transaction with its verified packs. */
  durable: number | null
  /** The file list, and the README where there is one, were painted. */
  firstFile: number | null
}

export interface Counts {
  /** Payload bytes of data channels. */
  channelSent: number
  channelReceived: number
  /** Payload bytes of WebSockets. */
  socketSent: number
  socketReceived: number
}

interface Probe {
  marks: Marks
  counts: Counts
  /** Milliseconds of each main-thread task over 50 ms. */
  longTasks: number[]
  throttled: boolean
  connections: Set<RTCPeerConnection>
}

type ProbedWindow = typeof globalThis & { benchProbe: Probe }

/** Must be called before the page goes to the app. */
export async function installProbe(page: Page, options: ProbeOptions = {}): Promise<void> {
  await page.addInitScript(probe, options)
}

/** The marks, as soon as `name` among them is set. */
export async function markOf(page: Page, name: keyof Marks): Promise<number> {
  await page.waitForFunction((wanted) => (globalThis as ProbedWindow).benchProbe.marks[wanted] !== null, name, {
    polling: 20,
  })
  const mark = (await marksOf(page))[name]
  if (mark === null) throw new Error(`The page has no mark ${name}.`)
  return mark
}

export async function marksOf(page: Page): Promise<Marks> {
  return await page.evaluate(() => (globalThis as ProbedWindow).benchProbe.marks)
}

/** When the page reloaded itself, as the marks tell time; null where it did not. */
export async function reloadedOf(page: Page): Promise<number | null> {
  const text = await page.evaluate(() => sessionStorage.getItem('bench-reloaded'))
  return text === null ? null : Number(text)
}

export async function countsOf(page: Page): Promise<Counts> {
  return await page.evaluate(() => (globalThis as ProbedWindow).benchProbe.counts)
}

/** Milliseconds of the longest main-thread task so far; 0 where none took 50. */
export async function longestTaskOf(page: Page): Promise<number> {
  return await page.evaluate(() => Math.max(0, ...(globalThis as ProbedWindow).benchProbe.longTasks))
}

/** From now on the page sends at most at its `uploadRate`. */
export async function throttle(page: Page): Promise<void> {
  await page.evaluate(() => {
    ;(globalThis as ProbedWindow).benchProbe.throttled = true
  })
}

/** Runs in the page, before any of its own code. Everything that it uses must stand within it. */
function probe(options: ProbeOptions): void {
  // The page is blank at first, which has no storage.
  if (!location.protocol.startsWith('http')) return
  const now = (): number => performance.timeOrigin + performance.now()
  const marks: Marks = { socketOpen: null, channelOpen: null, durable: null, firstFile: null }
  const counts: Counts = { channelSent: 0, channelReceived: 0, socketSent: 0, socketReceived: 0 }
  const state: Probe = { marks, counts, longTasks: [], throttled: false, connections: new Set() }
  Object.assign(globalThis, { benchProbe: state })

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) state.longTasks.push(Math.round(entry.duration))
  }).observe({ type: 'longtask', buffered: true })

  watchChannels()
  watchSockets()
  watchFirstFile()
  if (options.agree === true) agree()
  watchLink()

  /** The link is what the page opens with, or comes later. */
  function watchLink(): void {
    const token = /^#\/([A-Za-z0-9_-]{43})/.exec(location.hash)?.[1]
    if (token !== undefined) watchDurable(token)
    else addEventListener('hashchange', watchLink, { once: true })
  }

  function sizeOf(data: unknown): number {
    if (typeof data === 'string') return data.length
    if (data instanceof Blob) return data.size
    return data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : 0
  }

  function watchChannels(): void {
    const Original = globalThis.RTCPeerConnection
    const watch = (channel: RTCDataChannel): void => {
      channel.addEventListener('open', () => (marks.channelOpen ??= now()), { once: true })
      if (channel.readyState === 'open') marks.channelOpen ??= now()
      if (options.count !== true && options.reloadAt === undefined) return
      channel.addEventListener('message', ({ data }) => {
        counts.channelReceived += sizeOf(data)
        reloadOnce()
      })
    }
    globalThis.RTCPeerConnection = class extends Original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration)
        state.connections.add(this)
        this.addEventListener('datachannel', ({ channel }) => watch(channel))
      }

      override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
        const channel = super.createDataChannel(label, init)
        watch(channel)
        return channel
      }

      override close(): void {
        state.connections.delete(this)
        super.close()
      }
    }
    if (options.count === true || options.uploadRate !== undefined) watchSends()
  }

  function reloadOnce(): void {
    if (options.reloadAt === undefined || counts.channelReceived < options.reloadAt) return
    if (sessionStorage.getItem('bench-reloaded') !== null) return
    sessionStorage.setItem('bench-reloaded', String(now()))
    location.reload()
  }

  /**
   * Counts what is sent and, where that is asked for, holds it to a rate as a slow uplink would: messages wait in one queue
   * for the page, and count as buffered until it is their turn.
   */
  function watchSends(): void {
    const { prototype } = RTCDataChannel
    const buffered = Object.getOwnPropertyDescriptor(prototype, 'bufferedAmount')
    // The original, called with the channel as `this` below.
    const send = Object.getOwnPropertyDescriptor(prototype, 'send')?.value as (
      this: RTCDataChannel,
      data: unknown,
    ) => void
    const rate = options.uploadRate
    const waiting = new WeakMap<RTCDataChannel, number>()
    const queue: Array<{ channel: RTCDataChannel; data: unknown; bytes: number }> = []
    let running = false
    let credit = 0
    let last = 0

    const waitingOf = (channel: RTCDataChannel): number => waiting.get(channel) ?? 0
    const run = (): void => {
      const time = performance.now()
      // What a pause leaves unused is lost, but for a little: timers are late.
      credit = Math.min(credit + ((time - last) * (rate ?? 0)) / 1000, (rate ?? 0) / 20)
      last = time
      while (queue[0] !== undefined && credit > 0) {
        const { channel, data, bytes } = queue[0]
        queue.shift()
        credit -= bytes
        waiting.set(channel, waitingOf(channel) - bytes)
        if (channel.readyState !== 'open') continue
        send.call(channel, data)
        if (waitingOf(channel) <= channel.bufferedAmountLowThreshold) {
          channel.dispatchEvent(new Event('bufferedamountlow'))
        }
      }
      running = queue.length > 0
      if (running) setTimeout(run, 4)
    }
    prototype.send = function (this: RTCDataChannel, data: unknown): void {
      const bytes = sizeOf(data)
      counts.channelSent += bytes
      if (rate === undefined || !state.throttled) {
        send.call(this, data)
        return
      }
      // Whoever sends may write into its buffer again.
      const copy = ArrayBuffer.isView(data)
        ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
        : data instanceof ArrayBuffer
          ? data.slice(0)
          : data
      waiting.set(this, waitingOf(this) + bytes)
      queue.push({ channel: this, data: copy, bytes })
      if (running) return
      running = true
      last = performance.now()
      setTimeout(run, 0)
    }
    if (rate === undefined) return
    Object.defineProperty(prototype, 'bufferedAmount', {
      configurable: true,
      get(this: RTCDataChannel) {
        return Number(buffered?.get?.call(this)) + waitingOf(this)
      },
    })
  }

  function watchSockets(): void {
    const { sockets } = options
    if (options.count !== true && sockets === undefined) return
    const Original = globalThis.WebSocket
    globalThis.WebSocket = class extends Original {
      constructor(address: string | URL, protocols?: string | string[]) {
        const url = new URL(address, location.href)
        const port = sockets?.[Number(url.port)]
        if (port !== undefined) url.port = String(port)
        super(url, protocols)
        this.addEventListener('open', () => (marks.socketOpen ??= now()))
        this.addEventListener('message', ({ data }) => (counts.socketReceived += sizeOf(data)))
      }

      override send(data: Parameters<WebSocket['send']>[0]): void {
        counts.socketSent += sizeOf(data)
        super.send(data)
      }
    }
  }

  /** Refs are rows of the app's database, which move only together with verified packs. */
  function watchDurable(repository: string): void {
    const name = 'guts-git'
    const hints = new BroadcastChannel(name)
    let database: IDBDatabase | undefined
    let looking = false
    const settled = async <T>(request: IDBRequest<T>): Promise<T> =>
      await new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error ?? new Error('The database did not answer.'))
      })
    const open = async (): Promise<IDBDatabase | undefined> => {
      if (database !== undefined) return database
      // Opening it before the app has made it would make an empty one.
      if (!(await indexedDB.databases()).some((found) => found.name === name)) return undefined
      database = await settled(indexedDB.open(name))
      database.onversionchange = () => {
        database?.close()
        database = undefined
      }
      return database
    }
    const look = async (): Promise<void> => {
      if (looking || marks.durable !== null) return
      looking = true
      try {
        const opened = await open()
        if (opened === undefined) return
        const range = IDBKeyRange.bound([repository], [repository, []])
        const refs = await settled(opened.transaction('refs').objectStore('refs').count(range))
        if (refs > 0) marks.durable ??= now()
      } finally {
        looking = false
      }
      if (marks.durable === null) return
      clearInterval(timer)
      hints.close()
      database?.close()
    }
    hints.onmessage = () => void look()
    const timer = setInterval(() => void look(), 100)
  }

  function agree(): void {
    const timer = setInterval(() => {
      const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Save offline')
      button?.click()
      if (button !== undefined) clearInterval(timer)
    }, 50)
  }

  function watchFirstFile(): void {
    const shown = (): boolean => {
      if (document.querySelector('[aria-label="Files"] tbody a') === null) return false
      if (options.readme !== true) return true
      return [...document.querySelectorAll('section[aria-label]')].some((section) => {
        const label = section.getAttribute('aria-label') ?? ''
        // Its name stands in its bar: there is more to see than that.
        return /^readme/i.test(label) && section.textContent.trim().length > label.length + 1
      })
    }
    const observer = new MutationObserver(() => {
      if (!shown()) return
      observer.disconnect()
      // The frame after this one has been painted by the time its callback's task ends.
      requestAnimationFrame(() => setTimeout(() => (marks.firstFile ??= now()), 0))
    })
    observer.observe(document, { childList: true, subtree: true, characterData: true })
  }
}
