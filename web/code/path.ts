/** `path` as seen from `folder`, both relative to the repository's root; `..` above the root stays at the root. */
export function resolvePath(folder: string, path: string): string {
  const parts = path.startsWith('/') ? [] : partsOf(folder)
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** True where a symbolic link in `folder` to `target` leads to something within the repository. */
export function staysWithin(folder: string, target: string): boolean {
  if (target.startsWith('/')) return false
  let depth = partsOf(folder).length
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) return false
  }
  return depth > 0
}

/** The folder that `path` is in; '' is the root. */
export function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/')
}

/** The last part of `path`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}
