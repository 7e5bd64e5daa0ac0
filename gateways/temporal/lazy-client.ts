import { Client, Connection } from '@temporalio/client';
import { type CallWithin, callsWithin } from './calls-within.js';
import { DEFAULT_ADDRESS, connectConfig } from './connect-config.js';
import { dataConverter } from './encryption/data-converter.js';
import type { PayloadKeys } from './encryption/keys.js';
import { temporalProbe } from './probe.js';

export interface ClientOptions {
  /** Temporal's own environment configuration: address, namespace, TLS, API key. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The workers' keys if payloads are encrypted. */
  readonly payloadKeys?: PayloadKeys | undefined;
  /** Of traces. */
  readonly interceptors?: NonNullable<ConstructorParameters<typeof Client>[0]>['interceptors'];
}

export interface LazyClient {
  readonly namespace: string;
  readonly connection: Connection;
  readonly client: Client;
  readonly within: CallWithin;
  /** Throws Unusable when the server does not answer in time or lacks what we need. */
  readonly ping: (timeoutMs: number) => Promise<void>;
}

/**
 * Connects on the first call. Does not retry calls, because callers do, and a retry that is pending when the connection closes would end the process
 * with an error. Throws when the environment configuration is invalid.
 */
export function lazyClient({ environment, payloadKeys, interceptors }: ClientOptions): LazyClient {
  const { namespace, connectionOptions } = connectConfig(environment);
  const connection = Connection.lazy({ ...connectionOptions, interceptors: [] });
  const converter = dataConverter(payloadKeys);
  const client = new Client({
    connection,
    namespace,
    ...(converter === undefined ? {} : { dataConverter: converter }),
    ...(interceptors === undefined ? {} : { interceptors }),
  });
  const address = connectionOptions.address ?? DEFAULT_ADDRESS;
  const within = callsWithin(connection);
  const ping = temporalProbe({ connection, within, address, namespace });
  return { namespace, connection, client, within, ping };
}
