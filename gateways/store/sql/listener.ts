import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Clock } from '../../../domain/engine/clock.js';
import { systemClock } from '../../clock.js';
import { ask } from './ask.js';

export interface ListenerOptions {
  readonly databaseUrl: string;
  /** Channels, as PostgreSQL identifiers. */
  readonly channels: readonly string[];
  /** Sends a notification through another connection, as writers do. */
  readonly notify: (channel: string, payload: string) => Promise<void>;
  readonly log: Logger;
  readonly pingTimeoutMs?: number;
  readonly clock?: Clock;
}

interface Events {
  /** Channel and payload of a NOTIFY. */
  notified: [channel: string, payload: string];
  /** The listener is up, for the first time or again. Earlier notifications may be lost: caches must be read anew. */
  listening: [];
  /** The connection is lost; `listening` follows. */
  lost: [];
}

const PING_EVERY_MS = 10_000;
const PING_TIMEOUT_MS = 5_000;
const BACKOFF_MS = [50, 200, 500, 1_000, 2_000, 5_000];

/** Notifications do not arrive although the connection answers. */
const NOT_DELIVERED =
  'Notifications of the store do not arrive: DATABASE_URL leads through a pooler that does not support LISTEN, such as PgBouncer in transaction ' +
  'mode. Statuses are read every second instead. Point DATABASE_URL at PostgreSQL itself, or at a pooler in session mode.';

/**
 * Listens for notifications on a connection of its own for the life of the process. Reconnects at growing intervals. A test notification through
 * another connection proves, at first and then regularly, that notifications arrive: a silent network failure, or a pooler that swallows them, would
 * go unnoticed otherwise. Logs one line when the connection is lost and one when it is back.
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

  /** For operators: why it does not listen; undefined while it does, or has not started. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Starts listening without waiting. A second call changes nothing. */
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
      // A connection that lasted shows that the server is healthy, so the backoff starts again.
      failures = this.#clock.elapsed() - began > PING_EVERY_MS ? 0 : failures + 1;
      const wait = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 0;
      this.#markDown(reason, wait);
      await this.#pause(wait);
    }
  }

  /** Listens until the connection is lost or `stop` is called; returns the reason. */
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
      this.#markUp();
      return await Promise.race([ended, this.#keepProving(client)]);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      over.abort();
      if (this.#up) {
        this.#up = false;
        this.emit('lost');
      }
      // Does not wait for a server that does not answer.
      await Promise.race([client.end().catch(() => undefined), this.#clock.sleep(1_000, { ref: false })]);
    }
  }

  #markUp(): void {
    if (this.#reason !== undefined) this.options.log.info('notifications of the store arrive again');
    this.#reason = undefined;
    this.#up = true;
    this.emit('listening');
  }

  #markDown(reason: string, wait: number): void {
    const facts = { reason, wait };
    if (this.#reason === reason)
      return this.options.log.debug(facts, 'the connection that listens to the store is still lost');
    const wasLost = this.#reason !== undefined;
    this.#reason = reason;
    if (reason === NOT_DELIVERED) this.options.log.error(NOT_DELIVERED);
    else if (!wasLost)
      this.options.log.warn(facts, 'the connection that listens to the store is lost; reconnecting');
  }

  /** Throws when notifications no longer arrive; otherwise returns when the listener stops. */
  async #keepProving(client: pg.Client): Promise<string> {
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
      await Promise.race([heard, late.then(async () => this.#failUndelivered(client))]);
    } finally {
      over.abort();
      late.catch(() => undefined);
    }
  }

  /** If the connection still answers, something in between swallows the notifications. */
  async #failUndelivered(client: pg.Client): Promise<never> {
    await client.query('SELECT 1');
    throw new Error(NOT_DELIVERED);
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
