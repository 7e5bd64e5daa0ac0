import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import { expect } from 'vitest';
import { identify } from '../../dev/servers/processes.js';
import { type Carryover, until } from '../e2e/carryover.js';
import { tellOfDeath, WatchedWorker } from './watched-worker.js';

const PRELOADED = pathToFileURL(join(import.meta.dirname, 'crash.mjs')).href;

/** The environment of a process that dies as it passes the point. */
export const dyingAt = (at: string) => ({ NODE_OPTIONS: `--import=${PRELOADED}`, CRASH_AT: at });

/**
 * Workers that die one after the other, each at its point. While one is at work the next is made ready, and held back: starting a process
 * takes longer than what it then does.
 */
export class DyingWorkers {
  readonly #points: string[];
  #next: WatchedWorker | undefined;
  #started = 0;
  /** Slices, each with its lease, that a dead worker had in hand. */
  readonly #claims = new Set<string>();

  constructor(
    private readonly carryover: Carryover,
    private readonly client: Client,
    points: readonly string[],
  ) {
    this.#points = [...points];
    this.#next = this.#start();
  }

  /** Lets the next one work until it dies; `meanwhile` is what makes it pass its point. Answers how many slices it had in hand. */
  async die(meanwhile: () => Promise<unknown>): Promise<number> {
    const [at, worker] = [this.#points.shift(), this.#next];
    if (at === undefined || worker === undefined) throw new Error('every worker has died');
    await until(async () => {
      await worker.look();
      return worker.words.length > 0;
    });
    process.kill(worker.pid, 'SIGWINCH');
    this.#next = this.#start();
    await meanwhile();
    await until(() => identify(worker.pid) === undefined);
    await worker.lastLook();
    expect(worker.words.at(-1)).toBe(`crash point ${at.split('#')[0]}`);
    const inHand = await this.#newClaims();
    await tellOfDeath(this.client, [...worker.underWay.values()]);
    return inHand;
  }

  /** By the store: a worker may die before its log says what it has begun. Those that died before it may have left claims, too. */
  async #newClaims(): Promise<number> {
    const { rows } = await this.carryover.store.query<{ claim: string }>(
      `SELECT id || '/' || lease AS claim FROM carryover.work WHERE NOT done AND leased_by IS NOT NULL`,
    );
    const before = this.#claims.size;
    for (const { claim } of rows) this.#claims.add(claim);
    return this.#claims.size - before;
  }

  #start(): WatchedWorker | undefined {
    const [at] = this.#points;
    if (at === undefined) return undefined;
    const environment = { ...dyingAt(at), CRASH_HELD: '1' };
    return new WatchedWorker(this.carryover, `dying-${++this.#started}`, environment);
  }
}
