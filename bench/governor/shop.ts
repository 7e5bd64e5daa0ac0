/**
 * The store's other users, as a process: connections that each run one small transaction after the other, as pgbench does, with pauses so that they
 * alone do not saturate the machine. Its argument is a Shop. On SIGUSR2 it sends the duration of each transaction since the last SIGUSR2, in
 * milliseconds. A SIGHUP pauses it, and the next one resumes it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { scriptArgument } from '../world/child.js';

export interface Shop {
  readonly url: string;
  readonly connections: number;
  /** Of one transaction; each has a key as its parameter. */
  readonly statements: readonly string[];
  /** A key is from 0 to one less than this. */
  readonly keys: number;
  /** The average pause between two transactions of a connection, in milliseconds. */
  readonly pauseMs: number;
}

const { url, connections, statements, keys, pauseMs } = await scriptArgument<Shop>();
let times: number[] = [];
const stop = new AbortController();
let isAway = false;

async function serve(): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'shop' });
  await client.connect();
  while (!stop.signal.aborted) {
    await sleep(pauseMs * (0.5 + Math.random()));
    if (isAway) continue;
    const begun = performance.now();
    await buy(client, Math.floor(Math.random() * keys));
    times.push(performance.now() - begun);
  }
  await client.end();
}

async function buy(client: pg.Client, key: number): Promise<void> {
  await client.query('BEGIN');
  for (const [n, text] of statements.entries())
    await client.query({ name: `statement-${n}`, text, values: [key] });
  await client.query('COMMIT');
}

process.on('SIGUSR2', () => {
  process.send?.(times);
  times = [];
});
process.on('SIGHUP', () => (isAway = !isAway));
process.once('SIGTERM', () => stop.abort());

await Promise.all(Array.from({ length: connections }, serve));
process.disconnect?.();
