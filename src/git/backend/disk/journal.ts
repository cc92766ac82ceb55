import { join } from 'node:path'
import { exists, readIfThere, type DurableFiles } from './files.ts'

/** One change to a file, safe to repeat. Contents are base64; paths are relative to the data directory. */
export type JournalStep =
  | { do: 'mkdir'; path: string }
  | { do: 'write'; path: string; content: string }
  | { do: 'link'; from: string; to: string }
  | { do: 'remove'; path: string }

/**
 * A write-ahead journal: a change is written down wholly, then made, then crossed out. The moment when its file appears under
 * its name is the moment when it has happened; whoever opens the directory after a kill makes it again from the start.
 */
export class Journal {
  readonly #root: string
  readonly #files: DurableFiles
  /** Written down but not wholly made: a step failed, as on a full disk. */
  #pending: JournalStep[] | undefined

  constructor(root: string, files: DurableFiles) {
    this.#root = root
    this.#files = files
  }

  get #path(): string {
    return join(this.#root, 'journal')
  }

  /** Makes what a killed process had written down. */
  async recover(): Promise<void> {
    const entry = await readIfThere(this.#path)
    if (entry === undefined) return
    this.#pending = JSON.parse(new TextDecoder().decode(entry)) as JournalStep[]
    await this.finish()
  }

  async run(steps: JournalStep[]): Promise<void> {
    await this.finish()
    await this.#files.write(this.#path, JSON.stringify(steps))
    this.#pending = steps
    await this.finish()
  }

  /** Makes what is written down; nothing if nothing is. */
  async finish(): Promise<void> {
    if (this.#pending === undefined) return
    for (const step of this.#pending) await this.#make(step)
    await this.#files.remove(this.#path)
    this.#pending = undefined
  }

  async #make(step: JournalStep): Promise<void> {
    switch (step.do) {
      case 'mkdir':
        return await this.#files.mkdir(join(this.#root, step.path))
      case 'write':
        return await this.#files.write(join(this.#root, step.path), Buffer.from(step.content, 'base64'))
      case 'link':
        // A source that is gone was removed by a later step of this very entry, after this one had been made.
        if (!(await exists(join(this.#root, step.from)))) return
        return await this.#files.link(join(this.#root, step.from), join(this.#root, step.to))
      case 'remove':
        return await this.#files.remove(join(this.#root, step.path))
    }
  }
}
