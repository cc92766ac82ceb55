import type { Address, LineRange, Route } from './route.ts'

/** base64url of 32 bytes: the digest of the repository's id. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/
/** The longest link has 160 characters in all; what is longer, or holds anything else, is no hint any more. */
const HINT = /^[A-Za-z0-9_.-]{1,160}$/
const CLAIM = /^[A-Za-z0-9_-]{1,128}$/

/** Reads a fragment, with or without its `#`. Never throws: what it cannot read is `unknown`. */
export function parseAddress(fragment: string): Address {
  const text = fragment.startsWith('#') ? fragment.slice(1) : fragment
  const mark = text.indexOf('?')
  const path = mark === -1 ? text : text.slice(0, mark)
  const query = new URLSearchParams(mark === -1 ? '' : text.slice(mark + 1))
  const claim = query.get('claim')
  const segments = decodeSegments(path)
  const unknown: Address = { route: { view: 'unknown', fragment: text }, hint: null, claim: null }
  if (segments === null) return unknown

  const [first = '', ...rest] = segments
  if (rest.length === 0) {
    if (first === '') return at({ view: 'home' })
    if (first === 'settings') return at({ view: 'settings' })
    if (first === 'network') return at({ view: 'network' })
  }
  const tilde = first.indexOf('~')
  const token = tilde === -1 ? first : first.slice(0, tilde)
  if (!TOKEN.test(token)) return unknown
  const hint = tilde === -1 ? null : readHint(first.slice(tilde + 1))
  const root: Route = { view: 'tree', token, ref: null, path: '' }
  // A slash in a damaged hint makes no route of what follows it.
  const route = parseRepository(token, rest, query, path) ?? (hint === '' ? root : null)
  if (route === null) return unknown
  return { route, hint, claim: claim !== null && CLAIM.test(claim) ? claim : null }
}

/** '' for what is no hint: the token alone names the repository, so a damaged hint does not take that away. */
function readHint(text: string): string {
  return HINT.test(text) ? text : ''
}

function at(route: Route): Address {
  return { route, hint: null, claim: null }
}

function parseRepository(token: string, rest: string[], query: URLSearchParams, raw: string): Route | null {
  const [view, second, ...path] = rest
  const joined = path.join('/')
  switch (view) {
    case undefined:
    case '':
      return second === undefined ? { view: 'tree', token, ref: null, path: '' } : null
    case 'tree':
      return second ? { view: 'tree', token, ref: second, path: joined } : null
    case 'blob':
      return second && joined ? { view: 'blob', token, ref: second, path: joined, lines: parseLines(query) } : null
    case 'commits':
      return second ? { view: 'commits', token, ref: second, path: joined } : null
    case 'commit':
      return second && path.length === 0 ? { view: 'commit', token, oid: second } : null
    case 'compare':
      return path.length === 0 ? parseCompare(token, raw) : null
    case 'copies':
      return second === undefined ? { view: 'copies', token } : null
    case 'settings':
      return second === undefined ? { view: 'repository-settings', token } : null
    default:
      return null
  }
}

/** The dots between the two are told from dots in a name before decoding; a ref cannot hold two dots in a row. */
function parseCompare(token: string, raw: string): Route | null {
  const names = raw.slice(raw.lastIndexOf('/') + 1)
  const dots = names.indexOf('...')
  if (dots <= 0) return null
  const [base, head] = [decode(names.slice(0, dots)), decode(names.slice(dots + 3))]
  return base && head ? { view: 'compare', token, base, head } : null
}

function parseLines(query: URLSearchParams): LineRange | null {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(query.get('L') ?? '')
  if (!match) return null
  const [a, b] = [Number(match[1]), Number(match[2] ?? match[1])]
  const [from, to] = [Math.min(a, b), Math.max(a, b)]
  return from >= 1 ? { from, to } : null
}

/** Segments after the leading slash, decoded; null where one is not percent-encoded UTF-8, a hint aside. */
function decodeSegments(path: string): string[] | null {
  const trimmed = path.replace(/^\//, '').replace(/\/$/, '')
  const decoded = trimmed.split('/').map((segment, n) => decode(segment) ?? (n === 0 ? segment : null))
  return decoded.every((segment) => segment !== null) ? decoded : null
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null // Not percent-encoded: the address names nothing, which the caller says.
  }
}
