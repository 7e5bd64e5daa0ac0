import { randomInt } from 'node:crypto';
import getPort from 'get-port';

/** Below the ports that systems hand out to outgoing connections: those could take one before the server has it. */
const LOWEST = 12_000;
const HIGHEST = 32_000;

/** The preferred port when it is free on loopback, else another free one. */
export async function choosePort(preferred?: number): Promise<number> {
  const others = Array.from({ length: 50 }, () => randomInt(LOWEST, HIGHEST));
  return getPort({ host: '127.0.0.1', port: preferred === undefined ? others : [preferred, ...others] });
}

/** Whether nothing listens on that port of loopback. */
export async function isFree(port: number): Promise<boolean> {
  return (await getPort({ host: '127.0.0.1', port })) === port;
}
