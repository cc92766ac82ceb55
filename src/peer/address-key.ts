import { getNetConfig, isNetworkAddress } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What a limit by address is kept under: an IPv4 address, or an IPv6 network of 64 bits, which is the least that a host
 * is given, so that it could take a fresh address for each connection. Undefined for what is no network address.
 */
export function addressKey(address: Multiaddr): string | undefined {
  if (!isNetworkAddress(address)) {
    return undefined
  }

  const { type, host } = getNetConfig(address)

  return type === 'ip6' ? `${expand(host).slice(0, 4).join(':')}::/64` : host
}

/** The eight groups of an IPv6 address, without leading zeros. */
function expand(address: string): string[] {
  const [left = '', right] = address.toLowerCase().split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(left), groups(right ?? '')]
  const zeros = right === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0')

  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ''))
}
