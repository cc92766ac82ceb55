import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { OptionError } from '../errors.ts'
import { TrustedProxies } from '../forwarded-for.ts'
import type { IceServer } from './config.ts'
import type { Given } from './sources.ts'

/** One value and where it was set, as errors name it. */
export interface Named {
  text: string
  from: string
  base: string
}

export function one(given: Given | undefined, fallback?: string): Named | undefined {
  if (given === undefined) return fallback === undefined ? undefined : { text: fallback, from: 'default', base: '/' }
  return { text: given.values.at(-1) ?? '', from: given.from, base: given.base }
}

export function each(given: Given | undefined): Named[] {
  return (given?.values ?? []).map((text) => ({ text, from: given!.from, base: given!.base }))
}

export function refuse({ from }: Pick<Named, 'from'>, problem: string): never {
  throw new OptionError(from, problem)
}

export function pathOf({ text, from, base }: Named, what = 'a path'): string {
  return text === '' ? refuse({ from }, `${what} is missing.`) : resolve(base, text)
}

export function portOf(named: Named): number {
  const port = Number(named.text)
  if (!/^\d+$/.test(named.text) || port > 65535) refuse(named, `"${named.text}" is no port (0 to 65535).`)
  return port
}

/** `unit` follows the number in what is said: ` seconds`. */
export function numberOf(named: Named, least: number, most: number, unit = ''): number {
  const value = Number(named.text)
  if (!/^\d{1,9}$/.test(named.text) || value < least || value > most) {
    refuse(named, `"${named.text}" is no whole number from ${least} to ${most}${unit}.`)
  }
  return value
}

export function choiceOf<T extends string>(named: Named, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === named.text)
  return choice ?? refuse(named, `"${named.text}" is none of ${choices.join(', ')}.`)
}

export function hostOf(named: Named): string {
  const { text } = named
  const host = text === 'localhost' ? '127.0.0.1' : text.replace(/^\[(.+)\]$/, '$1')
  if (!/^[0-9a-f:.]+$/i.test(host)) refuse(named, `"${text}" is no IP address, such as 127.0.0.1, 0.0.0.0 or ::.`)
  return host
}

export function listenOf(named: Named, example: string): { host: string; port: number } {
  const match = /^(?:(.+):)?(\d+)$/.exec(named.text)
  if (match === null) refuse(named, `"${named.text}" is not an address and a port, such as ${example}, and not none.`)
  return { host: hostOf({ ...named, text: match[1] ?? '0.0.0.0' }), port: portOf({ ...named, text: match[2]! }) }
}

export function publicUrlOf(named: Named, speaksTls: boolean): URL {
  const { text } = named
  if (!URL.canParse(text)) refuse(named, `"${text}" is no URL, such as https://code.example.org.`)
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse(named, `"${text}" is neither https nor http.`)
  if (url.protocol === 'http:' && speaksTls) refuse(named, 'with --tls-cert it begins with https.')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    refuse(named, `"${text}" has a path; the app needs an origin of its own, such as ${url.origin}.`)
  }
  if (url.username !== '' || url.password !== '') refuse(named, 'it holds a user name or password.')
  return url
}

/** A file's text; what is wrong with it is said of its setting. */
export function textOf(named: Named): string {
  const path = pathOf(named, 'a file')
  if (!existsSync(path)) refuse(named, `there is no file ${path}.`)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return refuse(named, `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`)
  }
}

export function pemOf(named: Named, label: string): string {
  const text = textOf(named)
  if (new RegExp(`-----BEGIN [A-Z ]*${label}-----`).test(text)) return text
  return refuse(named, `${pathOf(named)} holds no ${label} in PEM form.`)
}

export function proxiesOf(entries: Named[]): TrustedProxies {
  try {
    return new TrustedProxies(entries.map(({ text }) => text))
  } catch (error) {
    if (error instanceof RangeError && entries[0] !== undefined) refuse(entries[0], error.message)
    throw error
  }
}

export function bootstrapOf(named: Named): string {
  const { text } = named
  try {
    const last = multiaddr(text).getComponents().at(-1)
    if (last?.name === 'p2p' && last.value !== undefined) return text
  } catch (error) {
    refuse(named, `"${text}" is no multiaddr (${error instanceof Error ? error.message : String(error)}).`)
  }
  return refuse(named, `"${text}" does not end in /p2p/ and the relay's PeerId; the other relay prints it at start.`)
}

export function iceServerOf(named: Named): IceServer {
  const match = /^(stuns?|turns?):(?:([^:@]+):([^@]+)@)?([^@/]+)$/.exec(named.text)
  if (match === null) refuse(named, `"${named.text}" is not like stun:host:port or turn:user:password@host:port.`)
  const [, scheme, username, credential, host] = match
  if (scheme!.startsWith('turn') && username === undefined) {
    refuse(named, 'a TURN server needs user:password@, or --turn where it shares a secret with the relay.')
  }
  const urls = `${scheme}:${host}`
  return username === undefined ? { urls } : { urls, username, credential: credential! }
}

export function turnUrlOf(named: Named): string {
  if (/^turns?:[\w.-]+(:\d{1,5})?(\?transport=(udp|tcp))?$|^turns?:\[[0-9a-f:]+\](:\d{1,5})?$/i.test(named.text)) {
    return named.text
  }
  return refuse(named, `"${named.text}" is not like turn:host:3478 or turns:host:5349?transport=tcp.`)
}

export function gitHostsOf(named: Named): string[] {
  if (named.text === 'none') return []
  return named.text.split(',').map((entry) => {
    const host = URL.parse(`https://${entry}`)
    if (host === null || host.href !== `https://${host.host}/`) {
      refuse(named, `"${entry}" is no host, such as github.com or git.example.org:8443.`)
    }
    return host.host
  })
}
