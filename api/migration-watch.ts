import type { Clock, Stop } from '../domain/engine/clock.js';

type Subscriber = (json: string) => void;

interface Watched {
  readonly subscribers: Set<Subscriber>;
  last: string | undefined;
  stopTimer: Stop | undefined;
  reading: boolean;
  /** Whether the status has changed during the current read. */
  again: boolean;
}

export interface WatchOptions {
  readonly clock: Clock;
  /** Reads a migration by its key. */
  readonly read: (key: string) => Promise<object>;
  /** How often to read it while no change is announced. */
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;

/**
 * Notifies a migration's subscribers when the operators' view of it changes: at once when the status changes, and at most once a second while
 * counts move. All subscribers of a migration share one read. While the store cannot be read, nobody is notified.
 */
export class MigrationWatch {
  readonly #watched = new Map<string, Watched>();

  constructor(private readonly options: WatchOptions) {}

  /** @param json the first thing that the subscriber gets. @returns a function that ends the subscription */
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

  /** Announces that the migration's status has changed. */
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
