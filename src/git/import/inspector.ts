import {
  decodeText,
  hostileName,
  hostileTarget,
  isGitlinkMode,
  isSymlinkMode,
  type TreeEntry,
} from '../object/index.ts'
import type { ImportWarning } from '../store/git-store.ts'

/** Warnings of one kind that are listed; the rest is a number. */
const MAX_LISTED = 20

/** Notices while a history is walked what a person should know about it. */
export class Inspector {
  readonly #found = new Map<ImportWarning['kind'], Set<string>>()

  warn(kind: ImportWarning['kind'], detail: string): void {
    const details = this.#found.get(kind)
    if (details === undefined) this.#found.set(kind, new Set([detail]))
    else details.add(detail)
  }

  /** An entry of a tree; `path` is that of its folder, '' or ending in a slash. Each is looked at once, however often it occurs. */
  entry(entry: TreeEntry, folder: string): void {
    if (hostileName(entry.name, entry.mode) !== null) this.warn('hostile-path', shown(folder, entry.name))
    if (isGitlinkMode(entry.mode)) this.warn('submodule', shown(folder, entry.name))
  }

  /** Whether `content` is to be called for the entry. */
  wantsContent(entry: TreeEntry): boolean {
    return isSymlinkMode(entry.mode) || (entry.name.length === 14 && decodeText(entry.name) === '.gitattributes')
  }

  /** What an entry that `wantsContent` holds. */
  content(entry: TreeEntry, folder: string, bytes: Uint8Array): void {
    const path = shown(folder, entry.name)
    if (isSymlinkMode(entry.mode)) {
      const depth = folder.split('/').length - 1
      if (hostileTarget(bytes, depth) !== null)
        this.warn('hostile-path', `${path} → ${printable(decodeText(bytes.subarray(0, 256)))}`)
    } else if (/^(?!\s*#).*\sfilter=lfs(\s|$)/m.test(decodeText(bytes))) this.warn('lfs', path)
  }

  warnings(): ImportWarning[] {
    const warnings: ImportWarning[] = []
    for (const [kind, details] of this.#found) {
      const listed = [...details].slice(0, MAX_LISTED)
      for (const detail of listed) warnings.push({ kind, detail })
      if (details.size > listed.length) warnings.push({ kind, detail: `${details.size - listed.length} more` })
    }
    return warnings
  }
}

function shown(folder: string, name: Uint8Array): string {
  return printable(folder + decodeText(name))
}

/** Control and direction characters as escapes: the text goes into messages. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (c) => {
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
