/** A place within a Markdown page, in the query within the fragment: `#/<token>/blob/main/guide.md?at=set-up`. */
const NAME = 'at'

/** `address` (a fragment) with the place in it; '' or null is its beginning. */
export function withAnchor(address: string, anchor: string | null): string {
  if (anchor === null || anchor === '') return address
  return `${address}${address.includes('?') ? '&' : '?'}${NAME}=${encodeURIComponent(anchor)}`
}

/** The place that a fragment names; null where it names none. */
export function anchorOf(fragment: string): string | null {
  const mark = fragment.indexOf('?')
  return mark === -1 ? null : new URLSearchParams(fragment.slice(mark + 1)).get(NAME)
}

/** The fragment without its query. */
export function withoutQuery(fragment: string): string {
  const mark = fragment.indexOf('?')
  return mark === -1 ? fragment : fragment.slice(0, mark)
}
