import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** How those fare who use the store beside the import. */
export interface Pressure {
  /** Milliseconds that a small commit takes; of twenty, one takes longer. Undefined while none was measured. */
  readonly commitMs: number | undefined;
  /** Sessions at work that are not our own; undefined while nobody has looked. */
  readonly others: number | undefined;
  /** Seconds that the slowest replica is behind; undefined where there is none, or nothing to replay. */
  readonly lagSeconds: number | undefined;
}

const PROBE_EVERY_MS = 100;
const LOOK_EVERY_MS = 1_000;
const KEPT = 20;
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

/** Measures over a connection of its own, while it is started; that costs the store about ten small commits a second. */
export class PressureProbe {
  #stop: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  readonly #commits: number[] = [];
  #probing: number | undefined;
  #seen: { readonly others: number; readonly lag: number | null } | undefined;

  constructor(private readonly databaseUrl: string) {}

  /** A second call does nothing. */
  start(): void {
    if (this.#stop) return;
    const stop = new AbortController();
    this.#stop = stop;
    this.#running = this.#running.then(() => this.#run(stop.signal));
  }

  /** Ends the connection and forgets what was measured; a second call does nothing. */
  async stop(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    await this.#running;
  }

  read(): Pressure {
    return {
      commitMs: this.#commitMs(),
      others: this.#seen?.others,
      lagSeconds: this.#seen?.lag ?? undefined,
    };
  }

  #commitMs(): number | undefined {
    const sorted = this.#commits.toSorted((a, b) => a - b);
    const measured = sorted[Math.ceil(sorted.length * 0.95) - 1];
    const waiting = this.#probing === undefined ? 0 : performance.now() - this.#probing;
    // One that does not come back at all must not go unheard.
    return waiting < OVERDUE_MS ? measured : Math.max(measured ?? 0, waiting);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#measure(signal).catch(() => undefined);
      this.#forget();
      await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
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
    client.on('notice', ({ message }) => this.#heard(Number(message)));
    const end = (): void => void client.end().catch(() => undefined);
    signal.addEventListener('abort', end, { once: true });
    try {
      await client.connect();
      for (let lookAt = 0; !signal.aborted;) {
        if (performance.now() >= lookAt) {
          this.#seen = (await client.query<{ others: number; lag: number | null }>(LOOK)).rows[0];
          lookAt = performance.now() + LOOK_EVERY_MS;
        }
        await this.#probe(client);
        await sleep(PROBE_EVERY_MS, undefined, { signal });
      }
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  async #probe(client: pg.Client): Promise<void> {
    this.#probing = performance.now();
    await client.query(COMMIT);
    this.#probing = undefined;
  }

  #heard(commitMs: number): void {
    if (!Number.isFinite(commitMs)) return;
    this.#commits.push(commitMs);
    if (this.#commits.length > KEPT) this.#commits.shift();
  }

  #forget(): void {
    this.#commits.length = 0;
    this.#probing = undefined;
    this.#seen = undefined;
  }
}
