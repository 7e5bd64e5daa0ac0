import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const LOOK_EVERY_MS = 25;
/** Changes that have not shown this long after the last one are given up. */
const DRAIN_MS = 60_000;

/** Measures when changes of messages show in the store. Change `n` is of message `n % messages.length`, and its text is `change n`. */
export class ChangeWatch {
  /** Milliseconds from each change until it, or a later one of its message, showed. */
  readonly late: number[] = [];
  readonly #madeAt: number[] = [];
  readonly #shown: number[];
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;

  /** @param messages Conversations' ids */
  constructor(
    private readonly pool: pg.Pool,
    private readonly messages: readonly string[],
  ) {
    this.#shown = messages.map((_, at) => at - messages.length);
    this.#looking = this.#look();
    this.#looking.catch(() => undefined);
  }

  /** Change `n` has just been made at the source. */
  made(n: number): void {
    this.#madeAt[n] = performance.now();
  }

  /** Waits until some change has shown: following is under way. */
  async untilFirst(): Promise<void> {
    const endBy = performance.now() + DRAIN_MS;
    while (this.late.length === 0) {
      if (performance.now() > endBy) throw new Error('no change shows: the source is not followed');
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Counts only changes that show from now on. */
  forget(): void {
    this.late.length = 0;
  }

  /** Waits until all changes show. */
  async end(): Promise<void> {
    const endBy = performance.now() + DRAIN_MS;
    while (this.#hasOpen && performance.now() < endBy) await sleep(LOOK_EVERY_MS);
    this.#stop.abort();
    await this.#looking;
    if (this.#hasOpen) throw new Error(`changes did not show within ${DRAIN_MS / 1_000} s`);
  }

  get #hasOpen(): boolean {
    const { length } = this.messages;
    return this.#shown.some((n) => this.#madeAt[n + length] !== undefined);
  }

  async #look(): Promise<void> {
    const places = new Map(this.messages.map((id, at) => [id, at]));
    while (!this.#stop.signal.aborted) {
      const { rows } = await this.pool.query<{ source_id: string; body: string | null }>(
        'SELECT source_id, body FROM messages WHERE source_id = ANY ($1::text[])',
        [this.messages],
      );
      const now = performance.now();
      for (const { source_id: id, body } of rows) {
        const shown = /^change (\d+)$/.exec(body ?? '')?.[1];
        if (shown !== undefined) this.#show(places.get(id) ?? 0, Number(shown), now);
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  #show(place: number, shown: number, now: number): void {
    const { length } = this.messages;
    for (let n = (this.#shown[place] ?? 0) + length; n <= shown; n += length) {
      const madeAt = this.#madeAt[n];
      // A change that shows before its request has ended is not late at all.
      this.late.push(Math.max(0, now - (madeAt ?? now)));
      this.#shown[place] = n;
    }
  }
}
