import { BlockList, isIPv4 } from 'node:net'

/** Not the public internet: this host, private and shared networks, link-local with its metadata services, multicast, reserved. */
const CLOSED_V4 = [
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
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // A cloud's own service that answers on a public address.
  ['168.63.129.16', 32],
] as const

/** All public ones are in here … */
const GLOBAL_V6 = ['2000::', 3] as const
/** … but for protocols that carry an IPv4 address inside, and documentation. */
const CLOSED_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const

const closedV4 = new BlockList()
for (const [net, prefix] of CLOSED_V4) closedV4.addSubnet(net, prefix, 'ipv4')
const globalV6 = new BlockList()
globalV6.addSubnet(...GLOBAL_V6, 'ipv6')
const closedV6 = new BlockList()
for (const [net, prefix] of CLOSED_V6) closedV6.addSubnet(net, prefix, 'ipv6')

/**
 * May a caller's URL lead to this IP address? IPv4 inside IPv6 (mapped, NAT64, 6to4, Teredo) never: such an address is
 * a way around the list. The ranges are those of IANA’s special-purpose address registries.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !closedV4.check(address, 'ipv4')
  const [plain = ''] = address.split('%', 1)
  return globalV6.check(plain, 'ipv6') && !closedV6.check(plain, 'ipv6')
}
