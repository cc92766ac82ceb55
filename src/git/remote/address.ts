import { RemoteAddressError } from './errors.ts'

/** Longer ones are cut off by servers. */
const MAX_URL_LENGTH = 2000
/** What stands in addresses of repositories. Nothing in it means anything to a shell: errors show commands with it. */
const PATH = /^(?:\/[A-Za-z0-9._~%+@:,=-]+)+$/

/**
 * The address as git would take it: https, a host, a path; no user, password, query or fragment, no slash at the end.
 * Throws `RemoteAddressError`.
 */
export function remoteUrl(text: string): string {
  if (text.length > MAX_URL_LENGTH || !URL.canParse(text)) throw new RemoteAddressError()
  const url = new URL(text)
  if (url.protocol !== 'https:') throw new RemoteAddressError('Only https addresses can be fetched from.')
  if (url.username !== '' || url.password !== '')
    throw new RemoteAddressError('The address has a user name or a password, which a page should not be given.')
  const path = url.pathname.replace(/\/+$/, '')
  if (url.search !== '' || !PATH.test(path)) throw new RemoteAddressError()
  return `https://${url.host}${path}`
}
