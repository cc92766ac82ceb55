import { lookup } from 'node:dns'
import { BlockList, isIPv4, isIPv6, type LookupFunction } from 'node:net'

/** What is not for everybody: IANA's registries of special-purpose addresses. */
const SPECIAL_4 = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  SPECIAL_4.addSubnet(network, bits, 'ipv4')
}
/** Of IPv6 only what is routed is let through. A list of its own: Node finds IPv4 in it too. */
const SPECIAL_6 = new BlockList()
for (const [network, bits] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  // Protocol assignments (Teredo among them), documentation, 6to4: an IPv4 address of any kind stands in some of them.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  SPECIAL_6.addSubnet(network, bits, 'ipv6')
}
/** Where a network without IPv4 shows the IPv4 internet (RFC 6052): the last four bytes are the address. */
const NAT64 = new BlockList()
NAT64.addSubnet('64:ff9b::', 96, 'ipv6')

/** Whether `address` is one that everybody reaches: nothing of this machine, of its network or of a provider's inside. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !SPECIAL_4.check(address, 'ipv4')
  if (!isIPv6(address)) return false
  return NAT64.check(address, 'ipv6') ? isPublicAddress(lastFourBytes(address)) : !SPECIAL_6.check(address, 'ipv6')
}

function lastFourBytes(address: string): string {
  // A URL writes an IPv6 address in one way, without dots.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::').at(-1)?.split(':').slice(-2) ?? []
  const [high, low] = ['0', '0', ...groups].slice(-2).map((group) => parseInt(group || '0', 16)) as [number, number]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** A name that may be asked for leads into a network where nothing may be. */
export class PrivateAddressError extends Error {
  static override readonly name = 'PrivateAddressError'
  override readonly name = 'PrivateAddressError'
  readonly hostname: string
  constructor(hostname: string, address: string) {
    super(`${hostname} is ${address}, which is no public address.`)
    this.hostname = hostname
  }
}

/** Asks the name service, as Node does. */
export type Resolve = typeof lookup

/** `dns.lookup` that refuses a name as soon as one of its addresses is not public. What it answers is what is connected to. */
export function publicLookup(resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const inside = addresses.find(({ address }) => !isPublicAddress(address))
      if (inside !== undefined) return callback(new PrivateAddressError(hostname, inside.address), [])
      const [first] = addresses
      if (options.all === true || first === undefined) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
