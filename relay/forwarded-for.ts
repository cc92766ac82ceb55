import { BlockList, isIP } from 'node:net'

/** Which proxies may say whom they speak for, as addresses or CIDR ranges. */
export class TrustedProxies {
  readonly #list = new BlockList()
  readonly #any: boolean

  /** Throws a `RangeError` that names the entry where it is neither an address nor a range. */
  constructor(entries: readonly string[] = []) {
    this.#any = entries.length > 0
    for (const entry of entries) {
      const [address = '', prefix, more] = entry.split('/')
      const family = isIP(address)
      const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix)
      const wellFormed = family !== 0 && more === undefined && prefix !== '' && Number.isInteger(bits)
      if (!wellFormed || bits < 0 || bits > (family === 4 ? 32 : 128)) {
        throw new RangeError(`"${entry}" is no IP address or range such as 127.0.0.1 or 10.0.0.0/8.`)
      }
      this.#list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6')
    }
  }

  has(address: string): boolean {
    const family = isIP(address)
    return this.#any && family !== 0 && this.#list.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }

  /** Is a socket from this address a proxy's that is believed? */
  trusts(socketAddress: string): boolean {
    return this.has(plain(socketAddress))
  }

  /**
   * The address of the client behind `socketAddress`: `X-Forwarded-For` read from its right end, where the nearest proxy
   * wrote, for as long as each one that wrote is trusted. What a client wrote there itself is never believed.
   */
  client(socketAddress: string, forwardedFor: string | string[] | undefined): string {
    let address = plain(socketAddress)
    const hops = (Array.isArray(forwardedFor) ? forwardedFor.join(',') : (forwardedFor ?? '')).split(',')
    while (hops.length > 0 && this.has(address)) {
      const hop = withoutPort(hops.pop()!.trim())
      if (isIP(hop) === 0) break
      address = plain(hop)
    }
    return address
  }
}

/** IPv4 in IPv6 (`::ffff:1.2.3.4`) as IPv4. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
}

/** Some proxies write `1.2.3.4:5678` or `[::1]:5678`. */
function withoutPort(hop: string): string {
  const match = /^\[(.+)\](?::\d+)?$/.exec(hop) ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)
  return match?.[1] ?? hop
}
