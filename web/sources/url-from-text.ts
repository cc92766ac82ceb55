import { RemoteAddressError, remoteUrl } from '../../src/git/index.ts'

/** Where pages of a repository begin with its address: how much of the path that is. */
const FORGES: ReadonlyMap<string, (segments: string[]) => string[]> = new Map([
  ['github.com', (segments) => segments.slice(0, 2)],
  ['codeberg.org', (segments) => segments.slice(0, 2)],
  // Groups have groups; a dash stands between the repository and its pages.
  ['gitlab.com', (segments) => (segments.includes('-') ? segments.slice(0, segments.indexOf('-')) : segments)],
])

/**
 * The https address of the repository on a server that a pasted text names, null where it evidently names none: an address
 * of one (`….git`, or behind `git clone`), a page about one at a server that is known, or an ssh address at such a server.
 * `meant`: whoever wrote it says that it is a repository's, so every https address is. Throws `RemoteAddressError` where it
 * names one that cannot be fetched.
 */
export function urlFromText(text: string, { meant = false } = {}): string | null {
  const [, command, address] = /^\s*[<("'`]*(git clone |git\+)?(.+?)[>)"'`]*\s*$/s.exec(text) ?? []
  if (address === undefined || /\s/.test(address)) return notOne(meant)
  const isMeant = meant || command !== undefined
  const ssh = /^(?:ssh:\/\/)?git@([^/:]+)[/:](.+)$/.exec(address)
  const plain = ssh === null ? address : `https://${ssh[1]}/${ssh[2]}`
  const url = URL.canParse(plain) ? new URL(plain) : null
  const pages = url === null ? undefined : FORGES.get(url.hostname.replace(/^www\./, ''))
  if (url !== null && url.protocol === 'https:' && url.username === '' && pages !== undefined) {
    const path = pages(url.pathname.split('/').filter((segment) => segment !== ''))
    if (path.length < 2) return notOne(isMeant)
    return remoteUrl(`https://${url.host.replace(/^www\./, '')}/${path.join('/').replace(/\.git$/, '')}.git`)
  }
  const isRepository = url !== null && /^https?:$/.test(url.protocol) && /\.git\/?$/.test(url.pathname)
  if (ssh !== null || (!isMeant && !isRepository)) return notOne(isMeant)
  return remoteUrl(address)
}

function notOne(meant: boolean): null {
  if (meant) throw new RemoteAddressError()
  return null
}
