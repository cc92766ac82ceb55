import { homedir } from 'node:os'
import { join } from 'node:path'
import type { TrustedProxies } from '../forwarded-for.ts'
import { LOG_FORMATS, LOG_LEVELS } from '../log.ts'
import type { LogFormat, LogLevel } from '../log.ts'
import { readSettings } from './sources.ts'
import type { Settings } from './sources.ts'
import * as values from './values.ts'
import type { Named } from './values.ts'

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

/** PEM texts, and the absolute paths that they came from. */
export interface TlsConfig {
  cert: string
  key: string
  certFile: string
  keyFile: string
}

/** A TURN server that takes credentials of the relay's making. */
export interface TurnConfig {
  urls: string[]
  /** Shared with the server; it never leaves this process. */
  secret: string
  /** Seconds that credentials are good. */
  ttl: number
}

export interface RelayConfig {
  port: number
  host: string
  /** Where others reach the port; null: this machine alone. */
  publicUrl: URL | null
  /** Null: the port speaks plain HTTP. */
  tls: TlsConfig | null
  proxies: TrustedProxies
  /** Where other relays connect by TCP; null: closed. */
  listen: { host: string; port: number } | null
  bootstrap: string[]
  iceServers: IceServer[]
  turn: TurnConfig | null
  /** Absolute path of the relay's own key; null: in the data directory. */
  keyFile: string | null
  maxConnections: number
  maxReservations: number
  /** Milliseconds. */
  connectionTimeout: number
  /** Milliseconds. */
  keepaliveInterval: number
  /** Milliseconds that a stopping relay lets end what is under way. */
  drain: number
  gitProxy: GitProxyConfig
  /** Absolute paths of the repositories to follow. */
  shares: string[]
  /** Absolute path of the data directory. */
  data: string
  /** Print the PeerId and end. */
  printsPeerId: boolean
  log: { level: LogLevel; format: LogFormat }
}

const DEFAULT_LISTEN = '0.0.0.0:9000'
/** Where most public repositories are; none of them lets pages of other sites fetch. */
const DEFAULT_GIT_HOSTS = 'github.com,gitlab.com,codeberg.org'
/** A secret that can be guessed lets anybody send through the TURN server. */
const LEAST_SECRET = 16

/**
 * Reads the settings from the command line, the environment and the configuration file, in this order of precedence;
 * null where help is asked for. Paths are relative to where the command was typed (npm changes the working directory and
 * says the old one in `INIT_CWD`), in a file to the file. Throws `OptionError`, which names the place and what is allowed.
 */
export function parseConfig(args: string[], environment: NodeJS.ProcessEnv = process.env): RelayConfig | null {
  const given = readSettings(args, environment, { listen: DEFAULT_LISTEN })
  if (given === null) return null
  const setting = (name: keyof Settings, fallback: string): Named => values.one(given[name], fallback)!
  const tls = tlsOf(given)
  const publicUrl =
    given.publicUrl === undefined ? null : values.publicUrlOf(values.one(given.publicUrl)!, tls !== null)
  const isPublic = publicUrl !== null
  return {
    port: values.portOf(setting('port', '8080')),
    host: values.hostOf(setting('host', isPublic ? '0.0.0.0' : '127.0.0.1')),
    publicUrl,
    tls,
    proxies: values.proxiesOf(values.each(given.trustProxy)),
    listen: listenOf(setting('listen', isPublic ? DEFAULT_LISTEN : 'none')),
    bootstrap: values.each(given.bootstrap).map(values.bootstrapOf),
    iceServers: values.each(given.iceServer).map(values.iceServerOf),
    turn: turnOf(given),
    keyFile: given.keyFile === undefined ? null : values.pathOf(values.one(given.keyFile)!, 'a file'),
    maxConnections: values.numberOf(setting('maxConnections', '4000'), 10, 100_000),
    maxReservations: values.numberOf(setting('maxReservations', '2000'), 1, 100_000),
    connectionTimeout: values.numberOf(setting('connectionTimeout', '10'), 1, 300, ' seconds') * 1000,
    keepaliveInterval: values.numberOf(setting('keepalive', '30'), 5, 3600, ' seconds') * 1000,
    drain: values.numberOf(setting('drain', isPublic ? '10' : '0'), 0, 600, ' seconds') * 1000,
    gitProxy: {
      everywhere: values.one(given.gitProxy)?.text === 'true',
      hosts: values.gitHostsOf(setting('gitProxyHosts', DEFAULT_GIT_HOSTS)),
      maxBytes: values.numberOf(setting('gitProxyMax', '2048'), 1, 9_999_999, ' MiB') * 1024 * 1024,
    },
    shares: values.each(given.share).map((named) => values.pathOf(named)),
    data: given.data === undefined ? defaultData(environment) : values.pathOf(values.one(given.data)!, 'a directory'),
    printsPeerId: values.one(given.peerId)?.text === 'true',
    log: {
      level: values.choiceOf(setting('logLevel', 'info'), LOG_LEVELS),
      format: values.choiceOf(setting('logFormat', 'text'), LOG_FORMATS),
    },
  }
}

function listenOf(named: Named): RelayConfig['listen'] {
  return named.text === 'none' ? null : values.listenOf(named, DEFAULT_LISTEN)
}

function tlsOf({ tlsCert, tlsKey }: Settings): TlsConfig | null {
  const [cert, key] = [values.one(tlsCert), values.one(tlsKey)]
  if (cert === undefined && key === undefined) return null
  if (cert === undefined) values.refuse({ from: '--tls-cert' }, 'is needed with --tls-key.')
  if (key === undefined) values.refuse({ from: '--tls-key' }, 'is needed with --tls-cert.')
  return {
    cert: values.pemOf(cert, 'CERTIFICATE'),
    key: values.pemOf(key, 'PRIVATE KEY'),
    certFile: values.pathOf(cert),
    keyFile: values.pathOf(key),
  }
}

function turnOf({ turn, turnSecret, turnSecretFile, turnTtl }: Settings): TurnConfig | null {
  const urls = values.each(turn).map(values.turnUrlOf)
  if (urls.length === 0) return null
  const named = values.one(turnSecret) ?? values.one(turnSecretFile)
  if (named === undefined) {
    values.refuse({ from: '--turn' }, 'needs --turn-secret-file FILE or $GUTS_TURN_SECRET, the secret of that server.')
  }
  const secret = turnSecret === undefined ? values.textOf(named).trim() : named.text
  if (secret.length < LEAST_SECRET) values.refuse(named, `the secret is shorter than ${LEAST_SECRET} characters.`)
  return { urls, secret, ttl: values.numberOf(values.one(turnTtl, '86400')!, 60, 604_800, ' seconds') }
}

function defaultData(environment: NodeJS.ProcessEnv): string {
  // The XDG specification: a relative path there is ignored.
  const xdg = environment.XDG_DATA_HOME
  return join(xdg?.startsWith('/') === true ? xdg : join(homedir(), '.local', 'share'), 'guts')
}
