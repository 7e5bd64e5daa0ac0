import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { buildConnector } from 'undici';
import { kindOfAddress } from './addresses.js';
import { DownloadError } from './failures.js';
import type { AttachmentHosts } from './hosts.js';

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface ConnectOptions {
  readonly hosts: AttachmentHosts;
  readonly resolve: Resolve;
  readonly connectTimeoutMs: number;
}

export function systemResolve(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true, order: 'verbatim' }, (error, addresses) =>
      error ? reject(error) : resolve(addresses),
    );
  });
}

/**
 * Connects only to addresses that were looked at:
 * 1. an address in place of a name is judged as it stands;
 * 2. a name is resolved once, all its addresses are judged, and the socket gets these very addresses: there is no second
 *    lookup that could answer something else;
 * 3. one address that may not be called refuses the name as a whole, and so does a name that points to public and private
 *    addresses, be it at once or one after the other: an honest host is on one side.
 */
export function guardedConnector(options: ConnectOptions): buildConnector.connector {
  const guard = new AddressGuard(options.hosts);
  const resolve = callbackify(async (hostname: string) =>
    guard.judge(hostname, await options.resolve(hostname)),
  );
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    resolve(hostname, (error, addresses) => {
      if (error) callback(error, []);
      else if (all) callback(null, [...addresses]);
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
    });
  };
  const connect = buildConnector({ lookup, timeout: options.connectTimeoutMs, maxCachedSessions: 0 });
  return (target, callback) => {
    const literal = target.hostname.replace(/^\[(.*)\]$/, '$1');
    try {
      const family = isIP(literal);
      if (family !== 0) guard.judge(literal, [{ address: literal, family }]);
    } catch (error) {
      callback(error as Error, null);
      return;
    }
    connect(target, callback);
  };
}

class AddressGuard {
  /** Which side each name was first seen on; as many as are listed. */
  readonly #sides = new Map<string, 'public' | 'private'>();

  constructor(readonly hosts: AttachmentHosts) {}

  judge(host: string, addresses: readonly LookupAddress[]): readonly LookupAddress[] {
    for (const { address } of addresses) {
      if (this.hosts.listsAddress(address)) continue;
      const kind = kindOfAddress(address);
      if (kind === 'never') {
        throw new DownloadError(
          'address-not-allowed',
          `${host} leads to an address that must never be called.`,
        );
      }
      const side = this.#sides.get(host) ?? kind;
      this.#sides.set(host, side);
      if (side !== kind) {
        throw new DownloadError('address-not-allowed', `${host} leads to public and to private addresses.`);
      }
    }
    if (addresses.length === 0) throw new DownloadError('network', `${host} has no address.`);
    return addresses;
  }
}
