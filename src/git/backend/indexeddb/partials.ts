import { RepositoryNotFoundError } from '../../errors.ts'
import type { RepositoryKey } from '../../types.ts'
import type { LooseObject } from '../backend.ts'
import { planPartials, type PartialLimits, type PartialRow, type PartialRows } from '../partials.ts'
import type { Connection, WriteTransaction } from './connection.ts'
import { under } from './keys.ts'
import type { PartialKey } from './schema.ts'

/** All that is known of a row stands in its key: keys are read at once, and in their order, without the bytes. */
export class IndexedDbPartials implements PartialRows {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async list(id: RepositoryKey) {
    const keys = await this.#connection.read(['partialObjects'], (tx) =>
      tx.objectStore('partialObjects').getAllKeys(under(id)),
    )
    return keys.map(rowOf)
  }

  async read(id: RepositoryKey, row: PartialRow) {
    const buffer = await this.#connection.read(['partialObjects'], (tx) =>
      tx.objectStore('partialObjects').get(keyOf(id, row)),
    )
    return buffer === undefined ? undefined : new Uint8Array(buffer)
  }

  async add(id: RepositoryKey, objects: LooseObject[], at: number, limits: PartialLimits) {
    const body = async (tx: WriteTransaction) => {
      const partials = tx.objectStore('partialObjects')
      const [repository, keys] = await Promise.all([
        tx.objectStore('repositories').getKey(id),
        partials.getAllKeys(under(id)),
      ])
      if (repository === undefined) throw new RepositoryNotFoundError(id)
      const { add, drop } = planPartials(keys.map(rowOf), objects, at, limits)
      await Promise.all([
        ...drop.map((row) => partials.delete(keyOf(id, row))),
        ...add.map(({ row, bytes }) => partials.put(bytes.slice().buffer, keyOf(id, row))),
      ])
    }
    // Somebody waits for them on a screen, and what is lost is fetched again.
    await this.#connection.write(['repositories', 'partialObjects'], body, { durability: 'relaxed' })
  }

  async drop(id: RepositoryKey) {
    await this.#connection.write(['partialObjects'], (tx) => tx.objectStore('partialObjects').delete(under(id)))
  }
}

function keyOf(id: RepositoryKey, { at, oid, size }: PartialRow): PartialKey {
  return [id, at, oid, size]
}

function rowOf([, at, oid, size]: PartialKey): PartialRow {
  return { oid, at, size }
}
