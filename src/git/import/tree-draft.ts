import { decodeText, isTreeMode, MODE_TREE, parseTree, serializeTree, utf8 } from '../object/index.ts'
import type { Oid } from '../types.ts'
import type { MadeObjects } from './made-objects.ts'

/** A file, or a folder as it was; or a folder that changes. Folders are opened only where something changes in them. */
export type DraftNode = { mode: number; oid: Oid } | DraftFolder

/** A folder while a new tree is made. Its entries are kept by their bytes, see `keyOf`. */
export interface DraftFolder {
  mode: typeof MODE_TREE
  entries: Map<string, DraftEntry>
}

export interface DraftEntry {
  name: Uint8Array
  node: DraftNode
}

/** `tree` gives the bytes of a tree that the draft builds on. */
export type ReadTree = (oid: Oid) => Promise<Uint8Array>

export function emptyFolder(): DraftFolder {
  return { mode: MODE_TREE, entries: new Map() }
}

export async function openFolder(oid: Oid, tree: ReadTree): Promise<DraftFolder> {
  const folder = emptyFolder()
  for (const { name, mode, oid: child } of parseTree(await tree(oid)))
    folder.entries.set(keyOf(name), { name, node: { mode, oid: child } })
  return folder
}

/** The folder of an entry, opened; null where it is none. */
export async function enterFolder(entry: DraftEntry, tree: ReadTree): Promise<DraftFolder | null> {
  if (!('entries' in entry.node)) {
    if (!isTreeMode(entry.node.mode)) return null
    entry.node = await openFolder(entry.node.oid, tree)
  }
  return entry.node
}

/** Writes the folders that were opened; null for an empty one: git keeps none. `file` is told of each file in them. */
export async function writeFolder(
  folder: DraftFolder,
  made: MadeObjects,
  file?: (oid: Oid) => Promise<void>,
): Promise<Oid | null> {
  const entries: Array<{ mode: number; name: Uint8Array; oid: Oid }> = []
  for (const { name, node } of folder.entries.values()) {
    const oid = 'entries' in node ? await writeFolder(node, made, file) : node.oid
    if (oid !== null) entries.push({ mode: node.mode, name, oid })
    if (!isTreeMode(node.mode) && oid !== null) await file?.(oid)
  }
  return entries.length === 0 ? null : await made.add('tree', serializeTree(entries))
}

/** The root, which is a tree even where nothing is in it. */
export async function writeRoot(
  root: DraftFolder,
  made: MadeObjects,
  file?: (oid: Oid) => Promise<void>,
): Promise<Oid> {
  return (await writeFolder(root, made, file)) ?? (await made.add('tree', serializeTree([])))
}

export function keyOf(name: Uint8Array): string {
  return name.join()
}

/** The key of a name as it is shown: one that is not UTF-8 is also found by what stands for it on the screen. */
export function findKey({ entries }: DraftFolder, name: string): string {
  const bytes = utf8(name)
  const exact = keyOf(bytes)
  if (bytes.length === name.length || entries.has(exact)) return exact
  for (const [id, entry] of entries) if (decodeText(entry.name) === name) return id
  return exact
}
