import type { Clock, Stop } from '../domain/engine/clock.js';

type Subscriber = (json: string) => void;

interface Watched {
  readonly subscribers: Set<Subscriber>;
  last: string | undefined;
  stopTimer: Stop | undefined;
  reading: boolean;
  /** The statuses have changed while it was being read. */
  again: boolean;
}

export interface WatchOptions {
  readonly clock: Clock;
  /** Of a migration, by its key. */
  readonly read: (key: string) => Promise<object>;
  /** How often it is looked at when nothing is told of. */
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;

/**
 * Tells subscribers of a migration whenever what operators see of it is another: at once when a status changes, and
 * at most once a second while counts move. However many watch one migration, it is read once. While the store cannot be read
 * nothing is told.
 */
export class MigrationWatch {
  readonly #watched = new Map<string, Watched>();

  constructor(private readonly options: WatchOptions) {}

  /** `json` is the first thing it is told; answers how to end it. */
  subscribe(key: string, json: string, subscriber: Subscriber): () => void {
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      watched = { subscribers: new Set(), last: json, stopTimer: undefined, reading: false, again: false };
      this.#watched.set(key, watched);
      this.#wait(key, watched);
    }
    watched.subscribers.add(subscriber);
    subscriber(json);
    return () => this.#leave(key, watched, subscriber);
  }

  /** The migration's status has changed. */
  changed(key: string): void {
    const watched = this.#watched.get(key);
    if (watched === undefined) return;
    if (watched.reading) watched.again = true;
    else void this.#look(key, watched);
  }

  #leave(key: string, watched: Watched, subscriber: Subscriber): void {
    watched.subscribers.delete(subscriber);
    if (watched.subscribers.size > 0 || this.#watched.get(key) !== watched) return;
    watched.stopTimer?.();
    this.#watched.delete(key);
  }

  #wait(key: string, watched: Watched): void {
    watched.stopTimer?.();
    const look = (): void => void this.#look(key, watched);
    const { clock, everyMs = EVERY_MS } = this.options;
    watched.stopTimer = clock.after(everyMs, look, { ref: false });
  }

  async #look(key: string, watched: Watched): Promise<void> {
    watched.reading = true;
    do {
      watched.again = false;
      const json = await this.options.read(key).then(
        (view) => JSON.stringify(view),
        () => watched.last,
      );
      if (json !== undefined && json !== watched.last) {
        watched.last = json;
        for (const subscriber of watched.subscribers) subscriber(json);
      }
    } while (watched.again);
    watched.reading = false;
    if (watched.subscribers.size > 0) this.#wait(key, watched);
  }
}
