import { BlockList, isIP } from 'node:net'

/** Longest chain of proxies that is read. */
const HOPS_MAX = 10

/**
 * Who the client is: the socket's peer, or, when the peer is a trusted proxy, the last address of X-Forwarded-For
 * that is none. What stands further left was written by the client and is not believed.
 *
 * @param trustedProxies addresses or CIDR ranges.
 */
export function createAddressReader(
  trustedProxies: readonly string[],
): (peer: string | undefined, forwardedFor: () => string | undefined) => string {
  const trusted = new BlockList()
  for (const entry of trustedProxies) {
    const [address = '', prefix] = entry.split('/', 2)
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(prefix), family)
  }
  const isTrusted = (address: string): boolean =>
    isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

  return (peer, forwardedFor) => {
    if (peer === undefined) return 'unknown'
    let client = plain(peer)
    if (trustedProxies.length === 0 || !isTrusted(client)) return client
    const hops = (forwardedFor() ?? '').split(',').slice(-HOPS_MAX)
    for (const hop of hops.toReversed()) {
      const address = plain(hop.trim())
      if (isIP(address) === 0) return client
      client = address
      if (!isTrusted(client)) return client
    }
    return client
  }
}

/** `::ffff:127.0.0.1` is how a dual-stack socket spells an IPv4 address. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/**
 * What requests are counted by: an IPv4 address, of IPv6 its first 64 bits, for who has one address of those has all of
 * them.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail = ''] = address.split('::', 2)
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::')
    ? Array<string>(8 - left.length - right.length).fill('0')
    : []
  const groups = [...left, ...zeros, ...right].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
