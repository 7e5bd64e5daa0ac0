import pg from 'pg';
import type { Clock } from '../../../domain/engine/clock.js';
import { systemClock } from '../../clock.js';

/** How those fare who use the store beside the import. */
export interface Pressure {
  /** Milliseconds of small commits of late. */
  readonly commits: {
    /** While a batch was written. */
    readonly beside: readonly number[];
    readonly between: readonly number[];
  };
  /** Milliseconds for which a commit has been out that is overdue. */
  readonly waitingMs: number | undefined;
  /** Sessions at work that are not our own; undefined while nobody has looked. */
  readonly others: number | undefined;
  /** Seconds that the slowest replica is behind; undefined where there is none, or nothing to replay. */
  readonly lagSeconds: number | undefined;
}

/** Between batches, while one is written beside others, and until one is noticed: rare ones are met, however short they are. */
const [BETWEEN_EVERY_MS, BESIDE_EVERY_MS, NOTICED_MS] = [200, 50, 10];
const LOOK_EVERY_MS = 1_000;
/** Of those between batches a minute, so that their slowest twentieth is more than chance; of those beside, some batches. */
const [KEPT_BETWEEN, KEPT_BESIDE] = [300, 40];
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MS = 1_000;

/**
 * Writes some bytes of WAL and waits for them as any commit does, replicas included; touches no table and locks nothing. The server's own
 * clock measures it, so that a worker that is busy with its own batches does not take its own delay for that of a commit. It
 * is told as INFO, which no setting of the role keeps back.
 */
const COMMIT = `
  DO $$
  DECLARE begun timestamptz := clock_timestamp();
  BEGIN
    PERFORM pg_logical_emit_message(true, 'carryover', '');
    COMMIT;
    RAISE INFO USING MESSAGE = extract(epoch FROM clock_timestamp() - begun) * 1000;
  END $$`;
/** What was measured before a rest longer than this tells nothing any more. */
const STALE_MS = 60_000;
/** A probe that the worker has not heard of for so long has not come back; below that it may be the worker that is late. */
const OVERDUE_MS = 250;

/**
 * Who may not see what another's session does sees neither its state nor its kind: it counts as at work. Background work of the server
 * (vacuum of what the import itself wrote) has no user.
 */
const LOOK = `
  SELECT (SELECT count(*)::integer FROM pg_stat_activity
    WHERE datname = current_database() AND usesysid IS NOT NULL AND application_name NOT LIKE 'carryover%'
      AND coalesce(backend_type, 'client backend') = 'client backend'
      AND (state IS NULL OR state = 'active' OR state_change > now() - interval '2 seconds')) AS others,
    (SELECT max(extract(epoch FROM replay_lag))::float8 FROM pg_stat_replication) AS lag`;

/** Measures over a connection of its own, while it is started; that costs the store five to twenty small commits a second. */
export class PressureProbe {
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  #isWriting: () => boolean = () => false;
  /** By the clock's elapsed time. */
  #stoppedAt = 0;
  readonly #commits = { beside: [] as number[], between: [] as number[] };
  /** The commit that is out: by the clock's elapsed time, and what the server said that it took. */
  #out: { readonly since: number; tookMs?: number } | undefined;
  #seen: { readonly others: number; readonly lag: number | null } | undefined;

  constructor(
    private readonly databaseUrl: string,
    private readonly clock: Clock = systemClock,
  ) {}

  /** `isWriting` tells whether a batch is being written. A second call does nothing. */
  start(isWriting: () => boolean): void {
    if (this.#stop) return;
    this.#isWriting = isWriting;
    if (this.clock.elapsed() - this.#stoppedAt > STALE_MS) {
      this.#commits.beside.length = 0;
      this.#commits.between.length = 0;
    }
    const stop = new AbortController();
    this.#stop = stop;
    this.#running = this.#running.then(() => this.#run(stop.signal));
  }

  /** Ends the connection, and forgets who was at work; commits are forgotten by a start that comes much later. A second call does nothing. */
  async stop(): Promise<void> {
    if (this.#stop) this.#stoppedAt = this.clock.elapsed();
    this.#stop?.abort();
    this.#stop = undefined;
    await this.#running;
  }

  read(): Pressure {
    const { beside, between } = this.#commits;
    const waiting = this.#out === undefined ? 0 : this.clock.elapsed() - this.#out.since;
    return {
      commits: { beside: [...beside], between: [...between] },
      // One that does not come back at all must not go unheard.
      waitingMs: waiting < OVERDUE_MS ? undefined : waiting,
      others: this.#seen?.others,
      lagSeconds: this.#seen?.lag ?? undefined,
    };
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#measure(signal).catch(() => undefined);
      this.#forget();
      await this.clock.sleep(RECONNECT_MS, { signal }).catch(() => undefined);
    }
  }

  async #measure(signal: AbortSignal): Promise<void> {
    const client = new pg.Client({
      connectionString: this.databaseUrl,
      application_name: 'carryover-probe',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    // The statement under way tells of a lost connection.
    client.on('error', () => undefined);
    client.on('notice', ({ message }) => {
      if (this.#out) this.#out.tookMs = Number(message);
    });
    const end = (): void => void client.end().catch(() => undefined);
    signal.addEventListener('abort', end, { once: true });
    try {
      await client.connect();
      for (let lookAt = 0; !signal.aborted;) {
        if (this.clock.elapsed() >= lookAt) {
          this.#seen = (await client.query<{ others: number; lag: number | null }>(LOOK)).rows[0];
          lookAt = this.clock.elapsed() + LOOK_EVERY_MS;
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
    const besideFirst = this.#isWriting();
    this.#out = { since: this.clock.elapsed() };
    await client.query(COMMIT);
    const { tookMs = Number.NaN } = this.#out;
    this.#out = undefined;
    if (Number.isFinite(tookMs)) this.#keep(tookMs, besideFirst || this.#isWriting());
  }

  #keep(commitMs: number, isBeside: boolean): void {
    const [kept, most] = isBeside
      ? [this.#commits.beside, KEPT_BESIDE]
      : [this.#commits.between, KEPT_BETWEEN];
    kept.push(commitMs);
    if (kept.length > most) kept.shift();
  }

  async #untilDue(signal: AbortSignal): Promise<void> {
    const from = this.clock.elapsed();
    const isDue = (every: number): boolean => this.clock.elapsed() - from >= every;
    // Alone nobody minds what commits take.
    const isWatched = (): boolean => this.#isWriting() && this.#seen?.others !== 0;
    while (!isDue(isWatched() ? BESIDE_EVERY_MS : BETWEEN_EVERY_MS)) {
      await this.clock.sleep(NOTICED_MS, { signal });
    }
  }

  #forget(): void {
    this.#out = undefined;
    this.#seen = undefined;
  }
}
