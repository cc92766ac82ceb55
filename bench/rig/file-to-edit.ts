import { git } from '../../playwright/fixtures/git.ts'
import type { BenchRepository } from './repository.ts'

/** Bytes of a file that is edited: an editor's text, not a data file. */
const MAX_BYTES = 64 * 1024

/** A text file at the root of the branch that is shown: the smallest. Throws where there is none to edit. */
export function fileToEdit({ bare, branch }: Pick<BenchRepository, 'bare' | 'branch'>): string {
  const files = git(bare, ['ls-tree', '-l', `refs/heads/${branch}`])
    .split('\n')
    .flatMap((line) => {
      const found = /^100644 blob ([0-9a-f]{40}) +(\d+)\t([\w.-]+)$/.exec(line)
      return found === null ? [] : [{ oid: found[1] ?? '', size: Number(found[2]), name: found[3] ?? '' }]
    })
    .filter(({ size }) => size > 0 && size <= MAX_BYTES)
    .sort((a, b) => a.size - b.size)
  const text = files.find(({ oid, name }) => isText(bare, oid) && !/\.(svg|png|jpe?g|gif)$/i.test(name))
  if (text === undefined) throw new Error(`${branch} has no small text file at its root that could be edited.`)
  return text.name
}

function isText(bare: string, oid: string): boolean {
  return !git(bare, ['cat-file', 'blob', oid]).includes('\0')
}
