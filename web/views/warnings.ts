import type { ImportWarning } from '../../src/git/index.ts'
import { unreachable } from '../router/index.ts'
import { formatCount } from '../ui/format.ts'

export interface WarningWords {
  text: string
  /** Paths or refs that it is about; empty where there are none. */
  details: string[]
}

/** What an import found, one line a kind. */
export function describeWarnings(warnings: ImportWarning[]): WarningWords[] {
  const kinds = Map.groupBy(warnings, ({ kind }) => kind)
  return [...kinds].map(([kind, all]) =>
    describeKind(
      kind,
      all.map(({ detail }) => detail),
    ),
  )
}

function describeKind(kind: ImportWarning['kind'], details: string[]): WarningWords {
  const count = details.length
  switch (kind) {
    case 'hostile-path':
      return {
        text: `${formatCount(count, 'path')} that git would not check out: shown, never opened as files.`,
        details,
      }
    case 'detached-head':
      return { text: 'HEAD is on no branch there; the default branch is shown instead.', details: [] }
    case 'submodule':
      return {
        text: `${formatCount(count, 'submodule')}: shown as links, their own repositories are not in here.`,
        details,
      }
    case 'lfs':
      return {
        text: `${formatCount(count, 'file')} kept by git LFS: their pointers are here, their contents are not.`,
        details,
      }
    case 'skipped-ref':
      return { text: `${formatCount(count, 'ref')} left out: only branches and tags are shared.`, details }
    case 'unreachable-left-out':
      return {
        text: 'What no branch or tag reaches was left out: stashes, amended and deleted commits stay on your computer.',
        details: [],
      }
    default:
      return unreachable(kind)
  }
}
