import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RepositoryNotFoundError } from '../../errors.ts'
import type { RepositoryKey } from '../../types.ts'
import type { LooseObject } from '../backend.ts'
import { planPartials, type PartialLimits, type PartialRow, type PartialRows } from '../partials.ts'
import { namesIn, orUndefined, readIfThere, type DurableFiles } from './files.ts'
import { partialPath } from './layout.ts'

export interface DiskPartialsParts {
  root: string
  files: DurableFiles
  exists: (id: RepositoryKey) => boolean
  /** Runs one change after the other. */
  change: <T>(action: () => Promise<T>) => Promise<T>
}

/** One file an object, `<when>-<oid>`: where git does not look, for they are not closed. */
export class DiskPartials implements PartialRows {
  readonly #parts: DiskPartialsParts

  constructor(parts: DiskPartialsParts) {
    this.#parts = parts
  }

  async list(id: RepositoryKey) {
    const directory = join(this.#parts.root, partialPath(id))
    const rows: PartialRow[] = []
    for (const name of await namesIn(directory)) {
      const [, at, oid] = /^(\d{1,16})-([0-9a-f]{40})$/.exec(name) ?? []
      if (at === undefined || oid === undefined) continue
      const file = await orUndefined(stat(join(directory, name)))
      if (file !== undefined) rows.push({ oid, at: Number(at), size: file.size })
    }
    return rows.sort((a, b) => a.at - b.at || (a.oid < b.oid ? -1 : 1))
  }

  async read(id: RepositoryKey, row: PartialRow) {
    return await readIfThere(join(this.#parts.root, partialPath(id, row)))
  }

  async add(id: RepositoryKey, objects: LooseObject[], at: number, limits: PartialLimits) {
    const { root, files, exists, change } = this.#parts
    await change(async () => {
      if (!exists(id)) throw new RepositoryNotFoundError(id)
      const { add, drop } = planPartials(await this.list(id), objects, at, limits)
      for (const row of drop) await files.remove(join(root, partialPath(id, row)))
      if (add.length > 0) await files.mkdir(join(root, partialPath(id)))
      for (const { row, bytes } of add) await files.write(join(root, partialPath(id, row)), bytes)
    })
  }

  async drop(id: RepositoryKey) {
    const { root, files, change } = this.#parts
    await change(async () => files.remove(join(root, partialPath(id))))
  }
}
