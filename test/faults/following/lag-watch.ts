import type pg from 'pg';
import { systemClock } from '../../../gateways/clock.js';

/** How long changes took to show in the store, in seconds. */
export interface Lag {
  readonly changes: number;
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
}

interface Awaited {
  /** Null: that the message is gone. */
  readonly body: string | null;
  readonly at: number;
  readonly isCalm: boolean;
}

const LOOK_EVERY_MS = 50;

/** Looks when changes of messages show in the store. */
export class LagWatch {
  /** Nothing that follows the source is away: no pause, no death, no fault. */
  #isCalm = true;
  readonly #awaited = new Map<string, Awaited>();
  readonly #seconds: { readonly calm: number[]; readonly all: number[] } = { calm: [], all: [] };
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(private readonly store: pg.Pool) {
    this.#ended = this.#run();
    this.#ended.catch(() => undefined);
  }

  /** The message has changed at the source, just now: it is to show this body, or to be gone. */
  expect(messageId: string, body: string | null): void {
    this.#awaited.set(messageId, { body, at: systemClock.elapsed(), isCalm: this.#isCalm });
  }

  /** What becomes of it is another matter. */
  forget(messageIds: readonly string[]): void {
    for (const id of messageIds) this.#awaited.delete(id);
  }

  /** Changes that are written or awaited meanwhile do not count as calm ones. */
  async disturbed(work: () => Promise<unknown>): Promise<void> {
    this.#isCalm = false;
    for (const [id, awaited] of this.#awaited) this.#awaited.set(id, { ...awaited, isCalm: false });
    await work();
    this.#isCalm = true;
  }

  /** Ends it. */
  async stop(): Promise<{ readonly calm: Lag; readonly all: Lag }> {
    this.#stop.abort();
    await this.#ended;
    return { calm: lagOf(this.#seconds.calm), all: lagOf(this.#seconds.all) };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#look();
      await systemClock.sleep(LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    const awaited = [...this.#awaited];
    if (awaited.length === 0) return;
    const { rows } = await this.store.query<{ id: string; body: string | null }>(
      'SELECT source_id AS id, body FROM messages WHERE source_id = ANY ($1)',
      [awaited.map(([id]) => id)],
    );
    const now = systemClock.elapsed();
    const bodies = new Map(rows.map(({ id, body }) => [id, body]));
    for (const [id, one] of awaited) {
      // Another change may have come while the store was asked.
      if (this.#awaited.get(id) !== one || (bodies.get(id) ?? null) !== one.body) continue;
      this.#awaited.delete(id);
      const seconds = (now - one.at) / 1_000;
      this.#seconds.all.push(seconds);
      if (one.isCalm) this.#seconds.calm.push(seconds);
    }
  }
}

function lagOf(seconds: readonly number[]): Lag {
  const sorted = seconds.toSorted((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.ceil(sorted.length * share) - 1] ?? 0).toFixed(2));
  return { changes: sorted.length, p50: at(0.5), p95: at(0.95), most: at(1) };
}
