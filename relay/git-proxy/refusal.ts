import type { ServerResponse } from 'node:http'

/** Why the relay does not pass a request or its answer on; the page is told by the header `Git-Proxy-Error`. */
const REFUSALS = {
  /** For pages of this machine alone. */
  off: [403, 'This relay fetches only for pages that are opened on its own computer; see --git-proxy.'],
  /** Neither of git's two requests. */
  form: [400, 'Only git’s two requests for a fetch by protocol version 2 are passed on.'],
  host: [403, 'That host is not among those that this relay fetches from; see --git-proxy-hosts.'],
  address: [403, 'That host is in a private network.'],
  redirect: [502, 'The host sends the request on to where this relay does not fetch from.'],
  unreachable: [502, 'The host cannot be reached.'],
  stalled: [504, 'The host did not answer in time.'],
  'not-git': [502, 'The host’s answer is none of git’s.'],
  large: [413, 'That is larger than what this relay passes on; see --git-proxy-max.'],
  busy: [503, 'This relay is passing on as much as it can. Try again in a minute.'],
} as const

export type RefusalCode = keyof typeof REFUSALS

export class ProxyRefusal extends Error {
  static override readonly name = 'ProxyRefusal'
  override readonly name = 'ProxyRefusal'
  readonly code: RefusalCode
  readonly status: number
  constructor(code: RefusalCode, options?: ErrorOptions) {
    super(REFUSALS[code][1], options)
    this.code = code
    this.status = REFUSALS[code][0]
  }
}

/** Tells the page; where its answer has begun already, that breaks off. */
export function refuse(response: ServerResponse, { code, status, message }: ProxyRefusal): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  response.setHeader('Git-Proxy-Error', code)
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('Cache-Control', 'no-store')
  if (code === 'busy') response.setHeader('Retry-After', '60')
  response.writeHead(status).end(`${message}\n`)
}
