import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Clock } from '../../../domain/engine/clock.js';
import { systemClock } from '../../clock.js';
import { ask } from './ask.js';

export interface ListenerOptions {
  readonly databaseUrl: string;
  /** Names of channels, as PostgreSQL identifiers. */
  readonly channels: readonly string[];
  /** Notifies through another connection, as those who change something do. */
  readonly notify: (channel: string, payload: string) => Promise<void>;
  readonly log: Logger;
  readonly pingTimeoutMs?: number;
  readonly clock?: Clock;
}

interface Events {
  /** Channel and payload of a NOTIFY. */
  notified: [channel: string, payload: string];
  /** It listens, for the first time or again. What was notified before is not known: whoever remembers must read anew. */
  listening: [];
  /** The connection is lost; `listening` follows. */
  lost: [];
}

const PING_EVERY_MS = 10_000;
const PING_TIMEOUT_MS = 5_000;
const BACKOFF_MS = [50, 200, 500, 1_000, 2_000, 5_000];

/** What is notified is not heard, on a connection that answers. */
const UNHEARD =
  'What the store notifies is not heard: DATABASE_URL leads through a pooler that does not keep LISTEN, as PgBouncer in transaction ' +
  'mode. Statuses are read anew every second instead. Point DATABASE_URL at PostgreSQL itself, or at a pooler in session mode.';

/**
 * A connection of its own that hears NOTIFY, kept up as long as the process lives: a lost one is made anew, at growing
 * intervals. That it hears is proved, at first and now and then, by a notification that is sent through another connection: a cut that nobody
 * tells, or a pooler that keeps notifications to itself, would look like silence. One line in the log when it is lost, one when it is back.
 */
export class Listener extends EventEmitter<Events> {
  #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #up = false;
  /** Why it does not listen; undefined while it does. */
  #reason: string | undefined;
  readonly #pingChannel = `carryover_ping_${randomUUID()}`;

  readonly #clock: Clock;

  constructor(private readonly options: ListenerOptions) {
    super();
    this.#clock = options.clock ?? systemClock;
  }

  get up(): boolean {
    return this.#up;
  }

  /** Why it does not listen, in words for operators; undefined while it does, or has not begun. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Begins; waits for nothing. A second call does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopped.signal.aborted;) {
      const began = this.#clock.elapsed();
      const reason = await this.#listenOnce();
      if (this.#stopped.signal.aborted) return;
      // A connection that lasted proves the server well: the next attempt is soon again.
      failures = this.#clock.elapsed() - began > PING_EVERY_MS ? 0 : failures + 1;
      const wait = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 0;
      this.#lose(reason, wait);
      await this.#pause(wait);
    }
  }

  /** Until the connection is lost or `stop` is called; answers why. */
  async #listenOnce(): Promise<string> {
    const client = new pg.Client({
      connectionString: this.options.databaseUrl,
      application_name: 'carryover-listener',
      connectionTimeoutMillis: PING_TIMEOUT_MS,
      query_timeout: PING_TIMEOUT_MS,
      keepAlive: true,
    });
    const over = new AbortController();
    const ended = new Promise<string>((resolve) => {
      client.on('error', (error) => resolve(error.message));
      client.once('end', () => resolve('ended'));
      this.#stopped.signal.addEventListener('abort', () => resolve('stopped'), { signal: over.signal });
    });
    client.on('notification', ({ channel, payload }) => {
      if (channel !== this.#pingChannel) this.emit('notified', channel, payload ?? '');
    });
    try {
      await client.connect();
      for (const channel of [...this.options.channels, this.#pingChannel])
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      await Promise.race([this.#prove(client), ended.then(lost)]);
      this.#find();
      return await Promise.race([ended, this.#proveAgain(client)]);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      over.abort();
      if (this.#up) {
        this.#up = false;
        this.emit('lost');
      }
      // A server that does not answer is not waited for.
      await Promise.race([client.end().catch(() => undefined), this.#clock.sleep(1_000, { ref: false })]);
    }
  }

  #find(): void {
    if (this.#reason !== undefined) this.options.log.info('what the store notifies is heard again');
    this.#reason = undefined;
    this.#up = true;
    this.emit('listening');
  }

  #lose(reason: string, wait: number): void {
    const facts = { reason, wait };
    if (this.#reason === reason) return this.options.log.debug(facts, 'the store is still not listened to');
    const wasLost = this.#reason !== undefined;
    this.#reason = reason;
    if (reason === UNHEARD) this.options.log.error(UNHEARD);
    else if (!wasLost)
      this.options.log.warn(facts, 'the connection that listens to the store is lost; it is made anew');
  }

  /** Ends, by throwing, when what is notified is not heard; else only when the listener stops. */
  async #proveAgain(client: pg.Client): Promise<string> {
    while (!this.#stopped.signal.aborted) {
      await this.#pause(PING_EVERY_MS);
      if (!this.#stopped.signal.aborted) await this.#prove(client);
    }
    return 'stopped';
  }

  /** Throws when a notification through another connection does not arrive. */
  async #prove(client: pg.Client): Promise<void> {
    const token = randomUUID();
    const over = new AbortController();
    const heard = new Promise<void>((resolve) => {
      const onNotification = ({ payload }: pg.Notification) => {
        if (payload === token) resolve();
      };
      client.on('notification', onNotification);
      over.signal.addEventListener('abort', () => client.off('notification', onNotification), { once: true });
    });
    const late = this.#clock.sleep(this.options.pingTimeoutMs ?? PING_TIMEOUT_MS, {
      signal: over.signal,
      ref: false,
    });
    try {
      await this.options.notify(this.#pingChannel, token);
      await Promise.race([heard, late.then(async () => this.#explainSilence(client))]);
    } finally {
      over.abort();
      late.catch(() => undefined);
    }
  }

  /** A connection that answers all the same is not cut: something in between keeps the notifications. */
  async #explainSilence(client: pg.Client): Promise<never> {
    await client.query('SELECT 1');
    throw new Error(UNHEARD);
  }

  async #pause(ms: number): Promise<void> {
    await this.#clock.sleep(ms, { signal: this.#stopped.signal, ref: false }).catch(() => undefined);
  }
}

/** Throws StoreUnavailable. */
export async function notify(pool: pg.Pool, channel: string, payload: string): Promise<void> {
  await ask(pool, {
    text: 'SELECT pg_notify($1, $2)',
    values: [channel, payload],
    query_timeout: PING_TIMEOUT_MS,
  } as pg.QueryConfig);
}

function lost(reason: string): never {
  throw new Error(reason);
}
