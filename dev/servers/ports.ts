import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import getPort from 'get-port';

/**
 * Below the ports that systems use for outgoing connections (from 32,768 on Linux), which could take one before the server does; so is the port
 * 10,000 above each of them, at which a node of a Redis Cluster listens for the others.
 */
const LOWEST = 12_000;
const HIGHEST = 22_000;

/** The preferred port if it is free on loopback, else another free one. */
export async function choosePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  const others = Array.from({ length: 50 }, () => randomInt(LOWEST, HIGHEST));
  return getPort({ host: '127.0.0.1', port: others });
}

/** Whether nothing listens on that port of loopback. Checks each time, whereas get-port reserves a port for a while. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
