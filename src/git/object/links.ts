import type { ObjectType, Oid } from '../types.ts'
import { scanCommit } from './commit.ts'
import { toHex, typeName } from './oid.ts'
import { scanTag } from './tag.ts'
import { isGitlinkMode, isTreeMode, treeEntries } from './tree.ts'

/** An object that another one needs, and the type it must have. */
export interface Link {
  oid: Oid
  type: ObjectType
}

/**
 * What an object links to, in its own order: a commit to its tree and parents, a tree to its entries without submodules
 * (they name commits of other repositories), a tag to its object. Throws `ObjectFormatError` where it cannot be parsed.
 */
export function linksOf(type: ObjectType, bytes: Uint8Array): Link[] {
  const links: Link[] = []
  switch (type) {
    case 'commit':
      scanCommit(bytes, (oid, parent) => links.push({ oid: toHex(oid), type: parent ? 'commit' : 'tree' }))
      return links
    case 'tree':
      for (const entry of treeEntries(bytes)) {
        if (!isGitlinkMode(entry.mode)) links.push({ oid: entry.oid, type: isTreeMode(entry.mode) ? 'tree' : 'blob' })
      }
      return links
    case 'tag': {
      const target = scanTag(bytes)
      return [{ oid: toHex(target.oid), type: typeName(target.type) }]
    }
    case 'blob':
      return links
  }
}
