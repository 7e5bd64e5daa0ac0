import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';

export interface ListenerOptions {
  readonly databaseUrl: string;
  /** Names of channels, as PostgreSQL identifiers. */
  readonly channels: readonly string[];
  readonly log: Logger;
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

/**
 * A connection of its own that hears NOTIFY, kept up as long as the process lives: a lost one is made anew, at growing
 * intervals. It is asked now and then whether it is alive, since a cut that nobody tells would look like silence.
 */
export class Listener extends EventEmitter<Events> {
  #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #up = false;

  constructor(private readonly options: ListenerOptions) {
    super();
  }

  get up(): boolean {
    return this.#up;
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
      const began = Date.now();
      const reason = await this.#listenOnce();
      if (this.#stopped.signal.aborted) return;
      // A connection that lasted proves the server well: the next attempt is soon again.
      failures = Date.now() - began > PING_EVERY_MS ? 0 : failures + 1;
      const wait = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 0;
      this.options.log.warn(
        { reason, wait },
        'the connection that listens to the store is lost; it is made anew',
      );
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
    client.on('notification', ({ channel, payload }) => this.emit('notified', channel, payload ?? ''));
    try {
      await client.connect();
      for (const channel of this.options.channels)
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
      this.#up = true;
      this.emit('listening');
      return await Promise.race([ended, this.#ping(client)]);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      over.abort();
      if (this.#up) {
        this.#up = false;
        this.emit('lost');
      }
      // A server that does not answer is not waited for.
      await Promise.race([client.end().catch(() => undefined), sleep(1_000, undefined, { ref: false })]);
    }
  }

  /** Ends, by throwing, when the connection does not answer; else only when the listener stops. */
  async #ping(client: pg.Client): Promise<string> {
    while (!this.#stopped.signal.aborted) {
      await this.#pause(PING_EVERY_MS);
      if (!this.#stopped.signal.aborted) await client.query('SELECT 1');
    }
    return 'stopped';
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopped.signal, ref: false }).catch(() => undefined);
  }
}
