import { createContext, getContext, hasContext, setContext } from 'svelte'

/** `live` green, `stale` amber, `refused` red, else grey. */
export type Tone = 'plain' | 'live' | 'stale' | 'refused'

/** Notices that are open at once: more would push what the page is about off a phone's screen. */
export const MAX_OPEN = 2

/** Most severe first. */
const SEVERITY: Record<Tone, number> = { refused: 0, stale: 1, live: 2, plain: 3 }

export function severityOf(tone: Tone): number {
  return SEVERITY[tone]
}

interface Entry {
  severity: number
  stack: NoticeStack
}

/** All notices of the page, wherever they stand: it says which of them are open. One for the page. */
export class NoticeBoard {
  #entries = $state.raw<Entry[]>([])
  /** Sorting keeps the order of what is as severe: who came first stays. */
  readonly #open = $derived([...this.#entries].sort((a, b) => a.severity - b.severity).slice(0, MAX_OPEN))

  stack(): NoticeStack {
    return new NoticeStack(this)
  }

  /** Returns how to take it away. */
  add(entry: Entry): () => void {
    this.#entries = [...this.#entries, entry]
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry)
    }
  }

  isOpen(entry: Entry): boolean {
    return this.#open.includes(entry)
  }

  of(stack: NoticeStack): Entry[] {
    return this.#entries.filter((entry) => entry.stack === stack)
  }
}

/** Notices in one place of the page. Those that are not open stand behind one line until somebody asks for them. */
export class NoticeStack {
  expanded = $state(false)
  readonly #board: NoticeBoard
  readonly #entries = $derived.by(() => this.#board.of(this))
  readonly #closed = $derived(this.#entries.filter((entry) => !this.#board.isOpen(entry)).length)

  constructor(board: NoticeBoard) {
    this.#board = board
  }

  get count(): number {
    return this.#entries.length
  }

  /** How many stand behind the line. */
  get closed(): number {
    return this.#closed
  }

  add(tone: Tone): { isOpen: () => boolean; remove: () => void } {
    const entry = { severity: severityOf(tone), stack: this }
    const remove = this.#board.add(entry)
    return { isOpen: () => this.expanded || this.#board.isOpen(entry), remove }
  }
}

export const [getNoticeBoard, setNoticeBoard] = createContext<NoticeBoard>()

const STACK = Symbol('stack of notices')

export function setNoticeStack(stack: NoticeStack): void {
  setContext(STACK, stack)
}

/** Null for a notice that stands alone: in a dialog, or as all that there is to say on a page. */
export function findNoticeStack(): NoticeStack | null {
  return hasContext(STACK) ? getContext<NoticeStack>(STACK) : null
}
