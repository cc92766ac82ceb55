import { formatRoute, parseAddress, tokenOf } from '../router/index.ts'

/**
 * The fragment (`#/…`) that a pasted text names, null where it names no repository. Takes a whole link of any origin (the
 * app that is open reads it, whoever served the one that made it), a fragment, or a bare token.
 */
export function linkFromText(text: string): string | null {
  // Links come out of mails and chats in brackets and quotes.
  const trimmed = text.trim().replace(/^[<("'`]+|[>)"'`]+$/g, '')
  if (trimmed === '' || /\s/.test(trimmed)) return null
  const hash = trimmed.indexOf('#')
  const path = hash === -1 ? `/${trimmed}` : trimmed.slice(hash + 1)
  const { route, hint, claim } = parseAddress(path)
  const token = tokenOf(route)
  if (token === null) return null
  // The one-time code and the hint travel with the link; all else is written anew, so that nothing odd is kept.
  const [, rest = ''] = formatRoute(route).split(token)
  const query = claim === null ? '' : `${rest.includes('?') ? '&' : '?'}claim=${claim}`
  // A damaged hint stays a mark, so that the page can say so.
  return `#/${token}${hint === null ? '' : `~${hint}`}${rest}${query}`
}
