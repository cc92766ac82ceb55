/** A repository could not be fetched from a server; each cause has a class of its own. */
export class RemoteError extends Error {
  static override readonly name: string = 'RemoteError'
  override readonly name: string = 'RemoteError'
}

/** What works wherever a page may not ask the server. The address has nothing that a shell would take for its own. */
function otherWays(url: string): string {
  return (
    `Run “git clone --mirror ${url} mirror”, then “git -C mirror bundle create ../my.bundle --branches --tags”, and drop ` +
    'my.bundle here. Or open the folder of a clone that you have. Or show it from there: “npm start -- --share FOLDER”.'
  )
}

/** What was given is no address that can be fetched from. */
export class RemoteAddressError extends RemoteError {
  static override readonly name = 'RemoteAddressError'
  override readonly name = 'RemoteAddressError'
  constructor(problem = 'That is no address of a git repository.') {
    super(`${problem} Give one as “git clone” takes it: https://, a host, a path.`)
  }
}

/** The server is there, but does not let pages of other sites read what it answers (CORS). */
export class RemoteBlockedError extends RemoteError {
  static override readonly name = 'RemoteBlockedError'
  override readonly name = 'RemoteBlockedError'
  url: string
  constructor(url: string) {
    super(`${hostOf(url)} does not let pages of other sites fetch from it. ${otherWays(url)}`)
    this.url = url
  }
}

/** Nobody answers at the address: no such host, no network, or a certificate that the browser does not accept. */
export class RemoteUnreachableError extends RemoteError {
  static override readonly name = 'RemoteUnreachableError'
  override readonly name = 'RemoteUnreachableError'
  url: string
  constructor(url: string, offline = false) {
    super(
      offline
        ? `This device is offline, so ${hostOf(url)} cannot be reached. Try again once it is online.`
        : `${hostOf(url)} cannot be reached. Look at the address and at your network, then try again.`,
    )
    this.url = url
  }
}

/** The server has no such repository, or does not show it to everybody. */
export class RemoteNotFoundError extends RemoteError {
  static override readonly name = 'RemoteNotFoundError'
  override readonly name = 'RemoteNotFoundError'
  url: string
  /** Of HTTP: 401, 403, 404 or 410. */
  status: number
  constructor(url: string, status: number) {
    super(
      `${hostOf(url)} shows no repository at ${url}: there is none, or it is private. Look at the address. No password is asked for here: a private one comes in another way. ${otherWays(url)}`,
    )
    this.url = url
    this.status = status
  }
}

/** The server could answer, but does not now. */
export class RemoteStatusError extends RemoteError {
  static override readonly name = 'RemoteStatusError'
  override readonly name = 'RemoteStatusError'
  url: string
  /** Of HTTP. */
  status: number
  constructor(url: string, status: number) {
    super(
      status === 429 || status === 503
        ? `${hostOf(url)} has too much to do now (status ${status}). Try again in a few minutes.`
        : `${hostOf(url)} answered with status ${status}. Try again later. ${otherWays(url)}`,
    )
    this.url = url
    this.status = status
  }
}

/** Something is at the address that is no git repository. */
export class NotAGitServerError extends RemoteError {
  static override readonly name = 'NotAGitServerError'
  override readonly name = 'NotAGitServerError'
  url: string
  constructor(url: string) {
    super(`There is something at ${url}, but no git repository. Give the address that “git clone” takes.`)
    this.url = url
  }
}

/** The server knows only what git spoke before 2018. */
export class OldGitServerError extends RemoteError {
  static override readonly name = 'OldGitServerError'
  override readonly name = 'OldGitServerError'
  url: string
  constructor(url: string) {
    super(`${hostOf(url)} speaks only an older git protocol, and here version 2 is needed. ${otherWays(url)}`)
    this.url = url
  }
}

/** What the server sent is not what git's protocol says. */
export class RemoteProtocolError extends RemoteError {
  static override readonly name = 'RemoteProtocolError'
  override readonly name = 'RemoteProtocolError'
  constructor(detail = 'Its answer makes no sense.') {
    super(`The server did not answer as git does. ${detail} Try again; if it stays so, its owner should know.`)
  }
}

/** The server says no, in its own words. */
export class ServerRefusedError extends RemoteError {
  static override readonly name = 'ServerRefusedError'
  override readonly name = 'ServerRefusedError'
  /** Made harmless: one line, printable. */
  reason: string
  constructor(reason = '') {
    super(`The server refused: “${reason === '' ? 'no reason given' : reason}”.`)
    this.reason = reason
  }
}

/** No byte came for too long. */
export class RemoteStalledError extends RemoteError {
  static override readonly name = 'RemoteStalledError'
  override readonly name = 'RemoteStalledError'
  url: string
  constructor(url: string, milliseconds: number) {
    super(`Nothing came from ${hostOf(url)} for ${Math.round(milliseconds / 1000)} seconds. Try again.`)
    this.url = url
  }
}

/** The connection ended before the answer did. */
export class RemoteBrokenError extends RemoteError {
  static override readonly name = 'RemoteBrokenError'
  override readonly name = 'RemoteBrokenError'
  url: string
  constructor(url: string, options?: ErrorOptions) {
    super(`The connection to ${hostOf(url)} broke off. Look at your network, then try again.`, options)
    this.url = url
  }
}

/** The repository is above a limit of this app. */
export class RemoteTooLargeError extends RemoteError {
  static override readonly name = 'RemoteTooLargeError'
  override readonly name = 'RemoteTooLargeError'
  what: 'refs' | 'bytes' | 'answer'
  limit: number
  constructor(what: 'refs' | 'bytes' | 'answer', limit: number) {
    const whole = {
      refs: `It has more than ${limit.toLocaleString('en')} branches and tags, which is more than can be kept here.`,
      bytes: `It has more than ${Math.round(limit / (1 << 20)).toLocaleString('en')} MiB, which is more than is fetched here.`,
      answer: 'The server’s answer is longer than any that git would give.',
    }
    super(
      what === 'answer'
        ? whole[what]
        : `${whole[what]} Clone it with git, and bundle what you need: git bundle create my.bundle main`,
    )
    this.what = what
    this.limit = limit
  }
}

/** The server has only a part of the history itself. */
export class RemoteIncompleteError extends RemoteError {
  static override readonly name = 'RemoteIncompleteError'
  override readonly name = 'RemoteIncompleteError'
  url: string
  constructor(url: string) {
    super(`${url} is itself a shallow or partial clone: part of the history is missing. Fetch from where it came from.`)
    this.url = url
  }
}

/** The page's own server, which fetches in the page's place, could not. */
export class GitProxyError extends RemoteError {
  static override readonly name = 'GitProxyError'
  override readonly name = 'GitProxyError'
  /** As its `Git-Proxy-Error` says. */
  code: string
  constructor(url: string, code: string) {
    const what = GIT_PROXY_ERRORS.get(code)?.(hostOf(url)) ?? 'The server of this page does not fetch that.'
    super(`${what} ${otherWays(url)}`)
    this.code = code
  }
}

/** By the code in the relay's `Git-Proxy-Error`; README.md lists them. */
const GIT_PROXY_ERRORS = new Map<string, (host: string) => string>([
  ['off', () => 'The server of this page fetches only for pages that are opened on its own computer.'],
  ['host', (host) => `The server of this page does not fetch from ${host}.`],
  ['address', (host) => `${host} is in a private network, and the server of this page does not fetch from there.`],
  ['redirect', (host) => `${host} sends the request on to where the server of this page does not fetch from.`],
  ['unreachable', (host) => `The server of this page cannot reach ${host}.`],
  ['stalled', (host) => `${host} did not answer the server of this page in time.`],
  ['large', () => 'It is larger than the server of this page fetches.'],
  ['busy', () => 'The server of this page is fetching as much as it can already. Try again in a minute.'],
])

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
