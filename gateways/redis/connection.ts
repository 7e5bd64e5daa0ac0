/** node-redis's three clients as one: of a server, a cluster, and a server that Sentinels know. */

import { createClient, createCluster, createSentinel } from '@redis/client';
import type { RedisAddress } from './address.js';

export interface Connection {
  readonly client: Opened;
  /** Resolves when it is ready. May be called again after it has thrown, and while it is under way. */
  open(): Promise<unknown>;
  /** @param key where a cluster's node is found by */
  send(args: readonly string[], key: string | undefined): Promise<unknown>;
}

interface Opened {
  readonly isReady: boolean;
  readonly isOpen: boolean;
  destroy(): unknown;
}

/** How long a call waits for a connection that is being opened. */
export const CONNECT_MS = 2_000;
const MOST_BETWEEN_TRIES_MS = 1_000;

const SOCKET = {
  connectTimeout: CONNECT_MS,
  reconnectStrategy: (tries: number) => Math.min(50 * 2 ** tries, MOST_BETWEEN_TRIES_MS),
};
const COMMON = { disableOfflineQueue: true };

/** Opens nothing yet. */
export function connectionTo(address: RedisAddress, onError: (error: unknown) => void): Connection {
  if (address.of === 'server') return toServer(address.url, onError);
  const { tls, username, password } = address;
  const node = {
    ...COMMON,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    socket: tls ? ({ ...SOCKET, tls: true } as const) : SOCKET,
  };
  if (address.of === 'cluster') {
    const client = createCluster({
      rootNodes: address.nodes.map(({ host, port }) => ({ ...node, socket: { ...node.socket, host, port } })),
      defaults: node,
    });
    client.on('error', onError);
    const send: Connection['send'] = (args, key) => client.sendCommand(key, undefined, [...args]);
    return opening(client, send);
  }
  const client = createSentinel({
    name: address.master,
    sentinelRootNodes: [...address.nodes],
    nodeClientOptions: { ...node, database: address.database },
    sentinelClientOptions: tls ? { socket: { ...SOCKET, tls: true } } : { socket: SOCKET },
    // Commands are sent together through one connection.
    masterPoolSize: 1,
  });
  client.on('error', onError);
  return opening(client, (args) => client.sendCommand(undefined, [...args]));
}

/** Connects once, and again by itself for as long as it lives. */
function toServer(url: string, onError: (error: unknown) => void): Connection {
  const client = createClient({ ...COMMON, url, socket: SOCKET });
  client.on('error', onError);
  let connecting: Promise<unknown> | undefined;
  let opened: Promise<void> | undefined;
  return {
    client,
    open() {
      connecting ??= client.connect().catch(onError);
      // One listener for all waiting calls.
      opened ??= new Promise<void>((resolve) => client.once('ready', resolve)).finally(
        () => (opened = undefined),
      );
      return opened;
    },
    send: (args) => client.sendCommand([...args]),
  };
}

interface Openable extends Opened {
  connect(): Promise<unknown>;
}

/** For clients that give up connecting after a while: the next call reconnects. */
function opening(client: Openable, send: Connection['send']): Connection {
  let opened: Promise<unknown> | undefined;
  return {
    client,
    open() {
      opened ??= client.connect().finally(() => (opened = undefined));
      return opened;
    },
    send,
  };
}
