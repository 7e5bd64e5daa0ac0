import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { overTcp } from '../databases.js';

/** PostgreSQL's NotificationResponse. */
const NOTIFICATION = 'A'.charCodeAt(0);
const HEADER_BYTES = 5;

export interface DeafPooler {
  readonly url: string;
  /** While set, notifications are kept from clients, as a pooler in transaction mode does. */
  deaf: boolean;
  close(): Promise<void>;
}

/** A proxy before a PostgreSQL that passes on everything but notifications. */
export async function startDeafPooler(databaseUrl: string): Promise<DeafPooler> {
  const target = overTcp(databaseUrl);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const store = connect(Number(target.port), target.hostname);
    for (const socket of [client, store]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => open.delete(socket));
    }
    client.on('close', () => store.destroy()).pipe(store);
    store.on('close', () => client.destroy());
    let rest = Buffer.alloc(0);
    store.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= HEADER_BYTES) {
        const length = 1 + rest.readInt32BE(1);
        if (rest.length < length) break;
        if (!pooler.deaf || rest[0] !== NOTIFICATION) client.write(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = overTcp(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  const pooler: DeafPooler = {
    url: url.href,
    deaf: true,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return pooler;
}
