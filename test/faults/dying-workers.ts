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
    await until(() => identify(worker.pid) === undefined, 90);
    await worker.lastLook();
    expect(worker.words.at(-1)).toBe(`crash point ${at.split('#')[0]}`);
    const underWay = [...worker.underWay.values()];
    const { rows } = await this.carryover.store.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM import_slices WHERE NOT done AND leased_by = ANY ($1)',
      [underWay.map(({ lane }) => lane)],
    );
    await tellOfDeath(this.client, underWay);
    return rows[0]?.count ?? 0;
  }

  #start(): WatchedWorker | undefined {
    const [at] = this.#points;
    if (at === undefined) return undefined;
    const environment = { ...dyingAt(at), CRASH_HELD: '1' };
    return new WatchedWorker(this.carryover, `dying-${++this.#started}`, environment);
  }
}
