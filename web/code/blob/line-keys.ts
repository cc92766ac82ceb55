/** Lines that Page Up and Page Down go. */
const PAGE_LINES = 25

/** Where a key takes the focus from line number `line` of `count`; null for keys that are about something else. */
export function stepFrom(line: number, key: string, count: number): number | null {
  const to = target(line, key, count)
  return to === null ? null : Math.max(1, Math.min(count, to))
}

function target(line: number, key: string, count: number): number | null {
  switch (key) {
    case 'ArrowUp':
      return line - 1
    case 'ArrowDown':
      return line + 1
    case 'PageUp':
      return line - PAGE_LINES
    case 'PageDown':
      return line + PAGE_LINES
    case 'Home':
      return 1
    case 'End':
      return count
    default:
      return null
  }
}
