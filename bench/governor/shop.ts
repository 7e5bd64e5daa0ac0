/**
 * The store's other users, as a process: connections that each run one small transaction after the other, as pgbench does, with pauses so that
 * they alone do not saturate the machine. Its argument is a Shop. On SIGUSR2 it sends the duration of each transaction since the last SIGUSR2, in
 * milliseconds. A SIGHUP has it pause, and the next one go on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { scriptArgument } from '../world/child.js';

export interface Shop {
  readonly url: string;
  readonly connections: number;
  readonly customers: number;
  /** The average pause between two transactions of a connection, in milliseconds. */
  readonly pauseMs: number;
}

const { url, connections, customers, pauseMs } = await scriptArgument<Shop>();
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
    await buy(client, Math.floor(Math.random() * customers));
    times.push(performance.now() - begun);
  }
  await client.end();
}

async function buy(client: pg.Client, customer: number): Promise<void> {
  const ask = (name: string, text: string) => client.query({ name, text, values: [customer] });
  await client.query('BEGIN');
  await ask('pay', 'UPDATE shop_customers SET balance = balance + 1 WHERE id = $1');
  await ask('look', 'SELECT balance FROM shop_customers WHERE id = $1');
  await ask('note', 'INSERT INTO shop_history (customer, amount) VALUES ($1, 1)');
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
