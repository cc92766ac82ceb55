import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { multiaddr } from '@multiformats/multiaddr'
import { OptionError } from './errors.ts'
import { TrustedProxies } from './forwarded-for.ts'

/** What a browser's `RTCPeerConnection` takes. */
export interface IceServer {
  urls: string
  username?: string
  credential?: string
}

/** Fetching from git servers in a page's place. */
export interface GitProxyConfig {
  /** For pages that are opened elsewhere too. */
  everywhere: boolean
  /** With the port where it is not 443; none: nothing is fetched. */
  hosts: string[]
  /** Bytes of one answer. */
  maxBytes: number
}

export interface RelayConfig {
  port: number
  host: string
  /** Where others reach the port; null: this machine alone. */
  publicUrl: URL | null
  /** PEM texts; null: the port speaks plain HTTP. */
  tls: { cert: string; key: string } | null
  proxies: TrustedProxies
  /** Where other relays connect by TCP; null: closed. */
  listen: { host: string; port: number } | null
  bootstrap: string[]
  iceServers: IceServer[]
  gitProxy: GitProxyConfig
  /** Absolute paths of the repositories to follow. */
  shares: string[]
  /** Absolute path of the data directory. */
  data: string
}

const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  'public-url': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'trust-proxy': { type: 'string', multiple: true },
  listen: { type: 'string' },
  bootstrap: { type: 'string', multiple: true },
  'ice-server': { type: 'string', multiple: true },
  'git-proxy': { type: 'boolean' },
  'git-proxy-hosts': { type: 'string' },
  'git-proxy-max': { type: 'string' },
  share: { type: 'string', multiple: true },
  data: { type: 'string' },
  help: { type: 'boolean' },
} as const

const DEFAULT_LISTEN = '0.0.0.0:9000'
/** Where most public repositories are; none of them lets pages of other sites fetch. */
const DEFAULT_GIT_HOSTS = 'github.com,gitlab.com,codeberg.org'
const DEFAULT_GIT_MAX_MIB = '2048'

/**
 * Reads the command line; null where it asks for help. Paths are relative to where the command was typed: npm changes
 * the working directory and says the old one in `INIT_CWD`. Throws `OptionError`.
 */
export function parseConfig(args: string[], environment: NodeJS.ProcessEnv = process.env): RelayConfig | null {
  const values = parse(args)
  if (values.help === true) return null
  const from = (path: string) => resolve(environment.INIT_CWD ?? process.cwd(), path)
  const tls = tlsOf(values['tls-cert'], values['tls-key'], from)
  const publicUrl = values['public-url'] === undefined ? null : publicUrlOf(values['public-url'], tls !== null)
  const listen = values.listen ?? (publicUrl === null ? undefined : DEFAULT_LISTEN)
  return {
    port: portOf('--port', values.port ?? '8080'),
    host: hostOf('--host', values.host ?? (publicUrl === null ? '127.0.0.1' : '0.0.0.0')),
    publicUrl,
    tls,
    proxies: proxiesOf(values['trust-proxy'] ?? []),
    listen: listen === undefined ? null : listenOf(listen),
    bootstrap: (values.bootstrap ?? []).map(bootstrapOf),
    iceServers: (values['ice-server'] ?? []).map(iceServerOf),
    gitProxy: {
      everywhere: values['git-proxy'] === true,
      hosts: gitHostsOf(values['git-proxy-hosts'] ?? DEFAULT_GIT_HOSTS),
      maxBytes: mebibytesOf('--git-proxy-max', values['git-proxy-max'] ?? DEFAULT_GIT_MAX_MIB),
    },
    shares: (values.share ?? []).map((path) => (path === '' ? refuse('--share', 'a path is missing.') : from(path))),
    data: dataDirectory(values.data, environment, from),
  }
}

function refuse(option: string, problem: string): never {
  throw new OptionError(option, problem)
}

function parse(args: string[]) {
  // `--listen` alone means its default; parseArgs knows no optional values.
  const filled = args.map((arg, i) =>
    arg === '--listen' && (args[i + 1] === undefined || args[i + 1]!.startsWith('-'))
      ? `--listen=${DEFAULT_LISTEN}`
      : arg,
  )
  try {
    return parseArgs({ args: filled, options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const option = /'(-[^' <]*|[^']*)/.exec(message)?.[1] ?? 'options'
    throw new OptionError(
      option,
      /unknown option/i.test(message) ? 'there is no such option.' : message.split('. ')[0]!,
    )
  }
}

function portOf(option: string, text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) refuse(option, `"${text}" is no port (0 to 65535).`)
  return port
}

function hostOf(option: string, text: string): string {
  const host = text === 'localhost' ? '127.0.0.1' : text.replace(/^\[(.+)\]$/, '$1')
  if (!/^[0-9a-f:.]+$/i.test(host)) refuse(option, `"${text}" is no IP address, such as 127.0.0.1, 0.0.0.0 or ::.`)
  return host
}

function listenOf(text: string): { host: string; port: number } {
  const match = /^(?:(.+):)?(\d+)$/.exec(text)
  if (match === null) refuse('--listen', `"${text}" is not an address and a port, such as ${DEFAULT_LISTEN}.`)
  return { host: hostOf('--listen', match[1] ?? '0.0.0.0'), port: portOf('--listen', match[2]!) }
}

function publicUrlOf(text: string, speaksTls: boolean): URL {
  if (!URL.canParse(text)) refuse('--public-url', `"${text}" is no URL, such as https://code.example.org.`)
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    refuse('--public-url', `"${text}" is neither https nor http.`)
  if (url.protocol === 'http:' && speaksTls) refuse('--public-url', 'with --tls-cert it begins with https.')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    refuse('--public-url', `"${text}" has a path; the app needs an origin of its own, such as ${url.origin}.`)
  }
  if (url.username !== '' || url.password !== '') refuse('--public-url', 'it holds a user name or password.')
  return url
}

function tlsOf(cert: string | undefined, key: string | undefined, from: (path: string) => string): RelayConfig['tls'] {
  if (cert === undefined && key === undefined) return null
  if (cert === undefined) refuse('--tls-cert', 'is needed with --tls-key.')
  if (key === undefined) refuse('--tls-key', 'is needed with --tls-cert.')
  return { cert: pem('--tls-cert', from(cert), 'CERTIFICATE'), key: pem('--tls-key', from(key), 'PRIVATE KEY') }
}

function pem(option: string, path: string, label: string): string {
  if (!existsSync(path)) refuse(option, `there is no file ${path}.`)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    refuse(option, `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`)
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(text))
    refuse(option, `${path} holds no ${label} in PEM form.`)
  return text
}

function proxiesOf(entries: string[]): TrustedProxies {
  try {
    return new TrustedProxies(entries)
  } catch (error) {
    if (error instanceof RangeError) refuse('--trust-proxy', error.message)
    throw error
  }
}

function bootstrapOf(text: string): string {
  try {
    const last = multiaddr(text).getComponents().at(-1)
    if (last?.name === 'p2p' && last.value !== undefined) return text
  } catch (error) {
    refuse('--bootstrap', `"${text}" is no multiaddr (${error instanceof Error ? error.message : String(error)}).`)
  }
  return refuse(
    '--bootstrap',
    `"${text}" does not end in /p2p/ and the relay's PeerId; the other relay prints it at start.`,
  )
}

function iceServerOf(text: string): IceServer {
  const match = /^(stuns?|turns?):(?:([^:@]+):([^@]+)@)?([^@/]+)$/.exec(text)
  if (match === null) refuse('--ice-server', `"${text}" is not like stun:host:port or turn:user:password@host:port.`)
  const [, scheme, username, credential, host] = match
  if (scheme!.startsWith('turn') && username === undefined)
    refuse('--ice-server', 'a TURN server needs user:password@.')
  const urls = `${scheme}:${host}`
  return username === undefined ? { urls } : { urls, username, credential: credential! }
}

function gitHostsOf(text: string): string[] {
  if (text === 'none') return []
  return text.split(',').map((entry) => {
    const host = URL.parse(`https://${entry}`)
    if (host === null || host.href !== `https://${host.host}/`) {
      refuse('--git-proxy-hosts', `"${entry}" is no host, such as github.com or git.example.org:8443.`)
    }
    return host.host
  })
}

function mebibytesOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) refuse(option, `"${text}" is no size in MiB, such as ${DEFAULT_GIT_MAX_MIB}.`)
  return Number(text) * 1024 * 1024
}

function dataDirectory(
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
  from: (path: string) => string,
): string {
  const chosen = option ?? environment.GUTS_DATA
  if (chosen === '') refuse('--data', 'a directory is missing.')
  if (chosen !== undefined) return from(chosen)
  // The XDG specification: a relative path there is ignored.
  const xdg = environment.XDG_DATA_HOME
  return join(xdg?.startsWith('/') === true ? xdg : join(homedir(), '.local', 'share'), 'guts')
}
