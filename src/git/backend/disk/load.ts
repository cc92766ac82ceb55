import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PackRow } from '../backend.ts'
import type { RowModel } from '../row-model.ts'
import { namesIn, readIfThere, type DurableFiles } from './files.ts'
import {
  parsePackFile,
  parseRepositoryFile,
  parseSignedRefs,
  REPOSITORIES,
  repositoryPath,
  STAGING,
  stagingPath,
} from './layout.ts'

/** Reads all rows of a data directory into the model. What is no repository of ours is left alone. */
export async function loadModel(root: string, model: RowModel, files: DurableFiles): Promise<void> {
  for (const key of await namesIn(join(root, STAGING))) {
    const text = await readText(join(root, stagingPath(key, 'row.json')))
    if (text !== undefined) model.packs.set(key, parsePackFile(text))
    // A kill came before its row was written, or after it was removed.
    else await files.remove(join(root, stagingPath(key)))
  }
  for (const name of await namesIn(join(root, REPOSITORIES))) {
    if (name.endsWith('.git')) await loadRepository(root, name.slice(0, -'.git'.length), model)
  }
}

async function loadRepository(root: string, id: string, model: RowModel): Promise<void> {
  const text = await readText(join(root, repositoryPath(id, 'guts/repository.json')))
  if (text === undefined) return
  const repository = { ...parseRepositoryFile(text), signedRefs: new Map(), loose: new Map<string, number>() }
  const writers = join(root, repositoryPath(id, 'guts/signed-refs'))
  for (const identity of await namesIn(writers)) {
    for (const file of await namesIn(join(writers, identity))) {
      const row = file.endsWith('.json') ? await readText(join(writers, identity, file)) : undefined
      if (row !== undefined) repository.signedRefs.set(...parseSignedRefs(row))
    }
  }
  const packs = join(root, repositoryPath(id, 'guts/packs'))
  for (const file of await namesIn(packs)) {
    const row = file.endsWith('.json') ? await readText(join(packs, file)) : undefined
    if (row !== undefined) addPack(model, parsePackFile(row), id)
  }
  for (const oid of await looseOids(root, id)) repository.loose.set(...oid)
  model.repositories.set(id, repository)
}

/** A pack's row stands with each of its holders; who holds it is what is found, not what one of the rows says. */
function addPack(model: RowModel, row: PackRow, holder: string): void {
  const here = model.packs.get(row.key)
  const holders = here?.state === 'verified' ? [...here.holders, holder] : [holder]
  model.packs.set(row.key, { ...row, state: 'verified', holders })
}

async function looseOids(root: string, id: string): Promise<Array<[string, number]>> {
  const found: Array<[string, number]> = []
  const objects = join(root, repositoryPath(id, 'objects'))
  for (const folder of await namesIn(objects)) {
    if (!/^[0-9a-f]{2}$/.test(folder)) continue
    for (const name of await namesIn(join(objects, folder))) {
      if (!/^[0-9a-f]{38}$/.test(name)) continue
      found.push([folder + name, (await stat(join(objects, folder, name))).size])
    }
  }
  return found
}

async function readText(path: string): Promise<string | undefined> {
  const bytes = await readIfThere(path)
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
}
