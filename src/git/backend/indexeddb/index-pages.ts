import type { PackIndex } from '../../pack/types.ts'
import { MAX_INDEX_PAGE_BYTES } from '../backend.ts'
import type { IndexPage } from './schema.ts'

const BYTES_PER_OBJECT = 20 + 8 + 4
/** The trailer and the count are with every page; structured clone takes a little of its own. */
const OVERHEAD = 512
export const OBJECTS_PER_PAGE = Math.floor((MAX_INDEX_PAGE_BYTES - OVERHEAD) / BYTES_PER_OBJECT)

/** Cuts an index into pages of at most `MAX_INDEX_PAGE_BYTES`; an empty index has one page. */
export function indexPages(index: PackIndex): IndexPage[] {
  const pages: IndexPage[] = []
  for (let from = 0; from === 0 || from < index.count; from += OBJECTS_PER_PAGE) {
    const to = Math.min(index.count, from + OBJECTS_PER_PAGE)
    pages.push({
      count: index.count,
      oids: index.oids.slice(20 * from, 20 * to),
      offsets: index.offsets.slice(from, to),
      crcs: index.crcs.slice(from, to),
      trailer: index.trailer.slice(),
    })
  }
  return pages
}

/** Puts pages together again; undefined where one is missing. */
export function joinPages(pages: readonly IndexPage[]): PackIndex | undefined {
  const first = pages[0]
  if (first === undefined) return undefined
  const { count, trailer } = first
  const index = {
    count,
    oids: new Uint8Array(20 * count),
    offsets: new Float64Array(count),
    crcs: new Uint32Array(count),
    trailer,
  }
  let at = 0
  for (const page of pages) {
    if (at + page.crcs.length > count) return undefined
    index.oids.set(page.oids, 20 * at)
    index.offsets.set(page.offsets, at)
    index.crcs.set(page.crcs, at)
    at += page.crcs.length
  }
  return at === count ? index : undefined
}
