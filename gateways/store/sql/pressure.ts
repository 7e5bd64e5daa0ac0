import pg from 'pg';
import type { Clock } from '../../../domain/engine/clock.js';
import { systemClock } from '../../clock.js';

/** The load on the store as its other users notice it. */
export interface Pressure {
  /** Milliseconds of the small commits since the last reading. */
  readonly commits: {
    /** Measured while a batch was written. */
    readonly beside: readonly number[];
    readonly between: readonly number[];
  };
  /** Milliseconds since an overdue commit was sent. */
  readonly waitingMs: number | undefined;
  /** Active sessions other than our own; undefined until checked. */
  readonly others: number | undefined;
  /** Seconds that the slowest replica lags; undefined without replicas or without anything to replay. */
  readonly lagSeconds: number | undefined;
}

/** What the import does: it writes a batch, rests within one, or has none. */
export type Writing = 'batch' | 'rest' | 'none';

/** Milliseconds between probes. Short during a rest: it is brief, and the only time that shows other users without the import. */
const EVERY_MS: Readonly<Record<Writing, number>> = { batch: 100, rest: 20, none: 200 };
/** Milliseconds between checks what the import does, which must be short to notice rare batches. */
const NOTICED_MS = 10;
/** New sessions of other users are noticed within this time. */
const SESSIONS_EVERY_MS = 400;
/** The most unread commits that are kept. */
const KEPT = 400;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MS = 1_000;

/**
 * Writes a few bytes of WAL and waits for them like any commit, including replicas; touches no table and locks nothing. The server's own clock
 * measures it, so that delays of a busy worker do not count. Reported as INFO, which no setting of the role suppresses.
 */
const COMMIT = `
  DO $$
  DECLARE begun timestamptz := clock_timestamp();
  BEGIN
    PERFORM pg_logical_emit_message(true, 'carryover', '');
    COMMIT;
    RAISE INFO USING MESSAGE = extract(epoch FROM clock_timestamp() - begun) * 1000;
  END $$`;
/** A probe without an answer for this long counts as waiting. Below that the worker itself may be late. */
const OVERDUE_MS = 250;

/**
 * A session that this role may not inspect shows neither its state nor its kind, and counts as active. Background work of the server (such as vacuum
 * of what the import wrote) has no user and does not count.
 */
const SESSIONS = `
  SELECT (SELECT count(*)::integer FROM pg_stat_activity
    WHERE datname = current_database() AND usesysid IS NOT NULL AND application_name NOT LIKE 'carryover%'
      AND coalesce(backend_type, 'client backend') = 'client backend'
      AND (state IS NULL OR state = 'active' OR state_change > now() - interval '2 seconds')) AS others,
    (SELECT max(extract(epoch FROM replay_lag))::float8 FROM pg_stat_replication) AS lag`;

/** Measures the load over a connection of its own while it is started. Costs the store five to fifteen small commits a second. */
export class PressureProbe {
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #writing: () => Writing = () => 'none';
  #commits = { beside: [] as number[], between: [] as number[] };
  /** The commit in progress: when it was sent, by the clock's elapsed time, and the duration that the server reported. */
  #pending: { readonly since: number; tookMs?: number } | undefined;
  #sessions: { readonly others: number; readonly lag: number | null } | undefined;

  constructor(
    private readonly databaseUrl: string,
    private readonly clock: Clock = systemClock,
  ) {}

  /** `writing` tells what the import does at that moment. A second call changes nothing. */
  start(writing: () => Writing): void {
    if (this.#stop) return;
    this.#writing = writing;
    const stop = new AbortController();
    this.#stop = stop;
    this.#running = this.#running.then(() => this.#run(stop.signal));
  }

  /** Closes the connection and discards what it saw of other sessions. A second call changes nothing. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    await this.#running;
  }

  read(): Pressure {
    const commits = this.#commits;
    this.#commits = { beside: [], between: [] };
    const waiting = this.#pending === undefined ? 0 : this.clock.elapsed() - this.#pending.since;
    return {
      commits,
      // Reports a commit that never returns.
      waitingMs: waiting < OVERDUE_MS ? undefined : waiting,
      others: this.#sessions?.others,
      lagSeconds: this.#sessions?.lag ?? undefined,
    };
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#measure(signal).catch(() => undefined);
      this.#clear();
      await this.clock.sleep(RECONNECT_MS, { signal }).catch(() => undefined);
    }
  }

  async #measure(signal: AbortSignal): Promise<void> {
    const client = new pg.Client({
      connectionString: this.databaseUrl,
      application_name: 'carryover-probe',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    // The running statement throws a lost connection.
    client.on('error', () => undefined);
    client.on('notice', ({ message }) => {
      if (this.#pending) this.#pending.tookMs = Number(message);
    });
    const end = (): void => void client.end().catch(() => undefined);
    signal.addEventListener('abort', end, { once: true });
    try {
      await client.connect();
      for (let checkAt = 0; !signal.aborted;) {
        if (this.clock.elapsed() >= checkAt) {
          this.#sessions = (await client.query<{ others: number; lag: number | null }>(SESSIONS)).rows[0];
          checkAt = this.clock.elapsed() + SESSIONS_EVERY_MS;
        }
        await this.#probe(client);
        await this.#untilDue(signal);
      }
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  async #probe(client: pg.Client): Promise<void> {
    const isBeside = this.#writing() === 'batch';
    this.#pending = { since: this.clock.elapsed() };
    await client.query(COMMIT);
    const { tookMs = Number.NaN } = this.#pending;
    this.#pending = undefined;
    if (Number.isFinite(tookMs)) this.#keep(tookMs, isBeside || this.#writing() === 'batch');
  }

  #keep(commitMs: number, isBeside: boolean): void {
    const kept = isBeside ? this.#commits.beside : this.#commits.between;
    kept.push(commitMs);
    if (kept.length > KEPT) kept.shift();
  }

  async #untilDue(signal: AbortSignal): Promise<void> {
    const from = this.clock.elapsed();
    // Without other sessions nobody notices the commits.
    const every = (): number => EVERY_MS[this.#sessions?.others === 0 ? 'none' : this.#writing()];
    while (this.clock.elapsed() - from < every()) {
      await this.clock.sleep(NOTICED_MS, { signal });
    }
  }

  #clear(): void {
    this.#pending = undefined;
    this.#sessions = undefined;
  }
}
