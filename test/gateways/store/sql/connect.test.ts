import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../../gateways/store/sql/connect.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';

/** A message of PostgreSQL's protocol: its letter, its length, its content. */
function message(letter: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length + length.length);
  return Buffer.concat([Buffer.from(letter), length, content]);
}

const AUTHENTICATED = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const SHUTTING_DOWN = message(
  'E',
  Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
);

describe('a server that shuts down as soon as a connection is open', () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    // In one packet, so that the client is told before it can send anything.
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, SHUTTING_DOWN])));
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `postgresql://carryover@127.0.0.1:${(server.address() as AddressInfo).port}/carryover`;
  });
  afterAll(() => void server.close());

  it.each(['pool', 'control'] as const)(
    "is reported as unavailable by a transaction of the store's %s, and ends no process",
    async (connections) => {
      const store = openStore(url);
      const work = transaction(store[connections], 'test', (tx) => tx.query('SELECT 1'));
      await expect(work).rejects.toMatchObject({ type: 'StoreUnavailable' });
      await store.close();
    },
  );
});
