import { randomUUID } from 'node:crypto';
import type { Clock, Stop } from '../../../domain/engine/clock.js';
import { type MigrationRef, migrationKey } from '../../../domain/engine/migration-ref.js';
import type { MigrationPace } from './running-work.js';

/** An event of the stream, as its text. */
export interface ListEvent {
  readonly id: string;
  readonly name: 'changed' | 'summary' | 'missed';
  readonly data: string;
  /** Of `changed`: a later event of the same migration replaces it. */
  readonly migration?: string;
}

type Subscriber = (event: ListEvent) => void;

export interface ListWatchOptions {
  readonly clock: Clock;
  readonly summary: () => Promise<object>;
  readonly work: () => Promise<ReadonlyMap<string, MigrationPace>>;
}

const CHANGED_EVERY_MS = 1_000;
const SUMMARY_EVERY_MS = 2_000;
/** Changes that are kept for those who come back. */
const REMEMBERED = 1_000;

/**
 * Reports changes to everyone who watches the list of migrations: one computation serves all of them, and none runs while nobody watches. A migration is
 * reported at most once a second, when its status changes or more of it is imported; the summary at most every two seconds. While the store cannot be
 * read, nothing is reported.
 */
export class ListWatch {
  readonly #subscribers = new Set<Subscriber>();
  /** Migrations that were told within the last second, and whether they have changed since. */
  readonly #cooling = new Map<string, { readonly stop: Stop; again: boolean }>();
  readonly #life = randomUUID().slice(0, 8);
  #remembered: ListEvent[] = [];
  #sent = 0;
  /** Everything after this event is remembered. */
  #from = 0;
  #summary: ListEvent | undefined;
  #read = new Map<string, number>();
  #stopTimer: Stop | undefined;
  #looking: Promise<void> | undefined;

  constructor(private readonly options: ListWatchOptions) {}

  /**
   * Sends the subscriber the summary, and all changes since its last event; `missed` if those are unknown. @returns a function that ends the
   * subscription
   */
  async subscribe(subscriber: Subscriber, lastEventId: string | undefined): Promise<Stop> {
    let isTold = false;
    const told: Subscriber = (event) => {
      isTold ||= event.name === 'summary';
      subscriber(event);
    };
    this.#subscribers.add(told);
    this.#stopTimer ??= this.options.clock.every(SUMMARY_EVERY_MS, () => void this.#look(), { ref: false });
    if (this.#summary === undefined) await this.#look();
    if (!isTold && this.#summary !== undefined) subscriber(this.#summary);
    if (lastEventId !== undefined) for (const event of this.#since(lastEventId)) subscriber(event);
    return () => this.#leave(told);
  }

  changed(migration: MigrationRef): void {
    if (this.#subscribers.size === 0) return;
    const key = migrationKey(migration);
    const cooling = this.#cooling.get(key);
    if (cooling === undefined) this.#tell(key, migration);
    else cooling.again = true;
  }

  /** Announcements of changes may be lost: watchers must read again. */
  missed(): void {
    if (this.#subscribers.size === 0) return;
    this.#send('missed', '{}');
    void this.#look();
  }

  #leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    for (const { stop } of this.#cooling.values()) stop();
    this.#cooling.clear();
    // Nobody is there to be told of what changes from now on.
    this.#summary = undefined;
    this.#remembered = [];
    this.#from = this.#sent + 1;
    this.#read = new Map();
  }

  #tell(key: string, { kind, subject }: MigrationRef): void {
    const stop = this.options.clock.after(CHANGED_EVERY_MS, () => this.#cooled(key, { kind, subject }), {
      ref: false,
    });
    this.#cooling.set(key, { stop, again: false });
    const event = this.#send('changed', JSON.stringify({ kind, key: subject }), key);
    this.#remembered.push(event);
    if (this.#remembered.length > REMEMBERED) this.#from = numberOf(this.#remembered.shift());
  }

  #cooled(key: string, migration: MigrationRef): void {
    const again = this.#cooling.get(key)?.again === true;
    this.#cooling.delete(key);
    if (again) this.#tell(key, migration);
  }

  /** One at a time. Never throws. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce()
      .catch(() => undefined)
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const [summary, paces] = await Promise.all([this.options.summary(), this.options.work()]);
    if (this.#subscribers.size === 0) return;
    const data = JSON.stringify(summary);
    if (data !== this.#summary?.data) this.#summary = this.#send('summary', data);
    const before = this.#read;
    this.#read = new Map([...paces].map(([key, { read }]) => [key, read]));
    for (const [key, { kind, key: subject, read }] of paces) {
      if (before.has(key) && before.get(key) !== read) this.changed({ kind, subject });
    }
  }

  #send(name: ListEvent['name'], data: string, migration?: string): ListEvent {
    this.#sent += 1;
    const id = `${this.#life}-${this.#sent}`;
    const event = { id, name, data, ...(migration === undefined ? {} : { migration }) };
    for (const subscriber of this.#subscribers) subscriber(event);
    return event;
  }

  /** What has changed since this event, each migration once. */
  #since(lastEventId: string): readonly ListEvent[] {
    const [life, number] = lastEventId.split('-');
    const last = Number(number);
    const isKnown = life === this.#life && last >= this.#from && last <= this.#sent;
    if (!isKnown) return [{ id: `${this.#life}-${this.#sent}`, name: 'missed', data: '{}' }];
    const since = this.#remembered.filter((event) => numberOf(event) > last);
    return [...new Map(since.map((event) => [event.data, event])).values()];
  }
}

function numberOf(event: ListEvent | undefined): number {
  return Number(event?.id.split('-')[1]);
}
