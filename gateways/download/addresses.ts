import ipaddr from 'ipaddr.js';

/**
 * `private` addresses are called only for a listed host. `never` addresses (metadata services, link-local, and addresses that are not a single
 * machine on the internet) are called only when that very address is listed.
 */
export type AddressKind = 'public' | 'private' | 'never';

/** Metadata services of clouds that are not link-local: AWS (IPv6), Google (IPv6), Alibaba, Azure, Oracle. */
const METADATA: ReadonlySet<string> = new Set([
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
]);

const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  'private',
  'carrierGradeNat',
  'uniqueLocal',
]);

/** @param address IPv4 or IPv6 in any notation; anything else is `never` */
export function kindOfAddress(address: string): AddressKind {
  // A zone only selects an interface: the address is link-local anyway.
  const text = address.split('%', 1)[0] ?? '';
  return ipaddr.isValid(text) ? kindOf(ipaddr.process(text)) : 'never';
}

function kindOf(address: ipaddr.IPv4 | ipaddr.IPv6): AddressKind {
  if (METADATA.has(address.toString())) return 'never';
  const range: string = address.range();
  // NAT64 embeds the IPv4 address that receives the call in its last 32 bits.
  if (range === 'rfc6052') return kindOf(new ipaddr.IPv4(address.toByteArray().slice(-4)));
  if (range === 'unicast') return 'public';
  return PRIVATE_RANGES.has(range) ? 'private' : 'never';
}
