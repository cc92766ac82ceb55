/** What a page asks the relay to fetch in its place: one of the two requests that git makes to clone. */
export interface Target {
  /** Host, with its port where that is not 443, as the list of hosts has it. */
  host: string
  /** The address at that host. */
  url: URL
  /** The list of what the server can do, or an answer to a command. */
  kind: 'advertisement' | 'result'
}

const PREFIX = '/proxy/'
const DISCOVERY = '/info/refs?service=git-upload-pack'
const COMMAND = '/git-upload-pack'
/** A path as repositories have it: the same that the app takes. */
const PATH = /^(?:\/[A-Za-z0-9._~%+@:,=-]+)+$/

export function isProxyPath(path: string): boolean {
  return path.startsWith(PREFIX)
}

/**
 * Reads `GET /proxy/<host>/<path>/info/refs?service=git-upload-pack` and `POST /proxy/<host>/<path>/git-upload-pack`; null
 * where it is neither. There is no other way to write either, so nothing else can be asked of a host.
 */
export function parseTarget(method: string | undefined, path: string): Target | null {
  const [tail, kind] = method === 'GET' ? ([DISCOVERY, 'advertisement'] as const) : ([COMMAND, 'result'] as const)
  if ((method !== 'GET' && method !== 'POST') || !path.startsWith(PREFIX) || !path.endsWith(tail)) return null
  const [, host = '', repository = ''] = /^([^/]+)(\/.*)$/.exec(path.slice(PREFIX.length, -tail.length)) ?? []
  if (!PATH.test(repository)) return null
  const url = URL.parse(`https://${host}${repository}${tail}`)
  // Whatever a URL's parser would have read in another way is refused: `..`, a user name, a host in other letters.
  return url?.host === host && url.href === `https://${host}${repository}${tail}` ? { host, url, kind } : null
}

/** Where a page asks for `url` through the relay; null where that is no discovery of a repository over https. */
export function proxyPath(url: URL): string | null {
  const path = `${PREFIX}${url.host}${url.pathname}${url.search}`
  return url.protocol === 'https:' && parseTarget('GET', path) !== null ? path : null
}
