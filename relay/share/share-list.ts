import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'

/** What is remembered of one shared path, so that its link survives a restart. */
export interface ShareRecord {
  /** The repository that it became. */
  token: string
  /** Branches and tags of the source that were published last: full name → oid. */
  refs: Record<string, string>
  head: string | null
}

export class ShareListError extends Error {
  static override readonly name = 'ShareListError'
  override readonly name = 'ShareListError'
  readonly path: string
  constructor(path: string) {
    super(`${path} is damaged. Put its backup there, or remove it: the shared repositories then get new links.`)
    this.path = path
  }
}

/** `shares.json` in the data directory: shared repositories by the real path of their source. */
export class ShareList {
  readonly #path: string
  readonly #records: Map<string, ShareRecord>

  private constructor(path: string, records: Map<string, ShareRecord>) {
    this.#path = path
    this.#records = records
  }

  /** Rejects with `ShareListError` where the file cannot be read as what it should be. */
  static async load(data: string): Promise<ShareList> {
    const path = join(data, 'shares.json')
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new ShareList(path, new Map())
      throw error
    }
    return new ShareList(path, parse(path, text))
  }

  get(source: string): ShareRecord | undefined {
    return this.#records.get(source)
  }

  /** Durable when it resolves. */
  async set(source: string, record: ShareRecord): Promise<void> {
    this.#records.set(source, record)
    const part = `${this.#path}.part`
    const file = await open(part, 'w', 0o600)
    try {
      await file.writeFile(JSON.stringify({ version: 1, shares: Object.fromEntries(this.#records) }, null, 1))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(part, this.#path)
  }
}

function parse(path: string, text: string): Map<string, ShareRecord> {
  try {
    const { version, shares } = JSON.parse(text) as { version: unknown; shares: Record<string, ShareRecord> }
    const entries = Object.entries(shares)
    if (
      version === 1 &&
      entries.every(([, { token, refs }]) => typeof token === 'string' && typeof refs === 'object')
    ) {
      return new Map(entries)
    }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
  }
  throw new ShareListError(path)
}
