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
 * Connects only to addresses that passed the check:
 * 1. A literal address is checked as it stands.
 * 2. A name is resolved once and all its addresses are checked. The socket uses these addresses, so no second lookup can return others.
 * 3. A name is refused when one of its addresses is refused, or when it resolves to both public and private addresses, at once or over time: an
 *    honest host stays on one side.
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
  /** The side on which each name was first seen. At most one entry for each listed name. */
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
