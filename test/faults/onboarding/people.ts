import { expect } from 'vitest';
import { mix } from '../../../dev/sample/generator/random.js';
import { LEGACY_STEPS } from '../../../domain/onboarding/steps.js';
import { sessionIdOf } from '../../../domain/onboarding/ids.js';
import { keyOf } from '../../../domain/onboarding/keys.js';
import { systemClock } from '../../../gateways/clock.js';
import type { Product } from '../../support/onboarding/world.js';

/** Between two that move on, so that their processor time is left to those who are killed. */
const PAUSE_MS = 10;

interface Row {
  readonly status: string;
  readonly step: string;
  readonly moves: number;
}

/** SQL: whether everything of a user is there who is migrated, and nothing of one who is not; `u` is the user. */
const IS_WHOLE = `CASE WHEN u.onboarding_status = 'migrated'
  THEN (SELECT count(*) FROM onboarding_sessions s JOIN onboarding_steps st ON st.session_id = s.id WHERE s.user_id = u.id) = 24
    AND (SELECT count(*) FROM onboarding_sessions s WHERE s.user_id = u.id) = 1
    AND (SELECT count(*) FROM business_context_manifests m JOIN onboarding_sessions s ON s.id = m.session_id WHERE s.user_id = u.id AND m.is_active)
      = (SELECT count(*) FROM onboarding_sessions s WHERE s.user_id = u.id AND s.status = 'completed')
  ELSE NOT EXISTS (SELECT FROM onboarding_sessions s WHERE s.user_id = u.id) END`;

/**
 * The product's users, who go on with their onboarding all the while: a legacy user answers a step and moves to another, and who has a session looks
 * whether all of it is there.
 */
export class People {
  /** How often each has moved on, as far as a commit has said. */
  readonly moves = new Map<string, number>();
  sessionsSeen = 0;
  #ended = true;
  #taken = 0;
  #going: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly product: Product,
    private readonly ids: readonly string[],
    private readonly seed: number,
  ) {}

  start(): void {
    this.#ended = false;
    this.#going = Promise.all([this.#goOn(1), this.#goOn(2)]);
  }

  async stop(): Promise<void> {
    this.#ended = true;
    await this.#going;
  }

  /** In one snapshot nobody is half migrated. */
  async expectWhole(): Promise<void> {
    expect(await this.product.query(`SELECT u.id FROM users u WHERE NOT (${IS_WHOLE})`)).toEqual([]);
  }

  /** Of those who are migrated, what the log has of them is what they did last; of the others their row. Nobody moves on while it looks. */
  async expectNothingLost(): Promise<void> {
    const wereGoing = !this.#ended;
    await this.stop();
    await this.#compareMoves();
    if (wereGoing) this.start();
  }

  async #compareMoves(): Promise<void> {
    const rows = await this.product.query<{ id: string; moves: number; attempts: number }>(
      `SELECT u.id::text, coalesce((CASE WHEN u.onboarding_status = 'migrated' THEN l.legacy_preferences ELSE u.preferences END ->> 'moves')::int, 0) AS moves
       FROM users u LEFT JOIN LATERAL (SELECT * FROM onboarding_migration_log l WHERE l.source_user_id = u.id AND status = 'completed'
         ORDER BY started_at DESC, completed_at DESC LIMIT 1) l ON true`,
    );
    const lost = rows.filter(({ id, moves }) => moves !== (this.moves.get(id) ?? 0));
    expect(lost).toEqual([]);
    expect(
      await this.product.query(
        `SELECT id FROM onboarding_migration_log WHERE status IN ('pending', 'in_progress')`,
      ),
    ).toEqual([]);
  }

  async #goOn(lane: number): Promise<void> {
    while (!this.#ended) {
      const n = (this.#taken += 1);
      const id = this.ids[mix(this.seed, lane, n) % this.ids.length];
      if (id !== undefined) await this.#moveOn(id, n);
      await systemClock.sleep(PAUSE_MS);
    }
  }

  async #moveOn(id: string, n: number): Promise<void> {
    const connection = await this.product.pool.connect();
    try {
      await connection.query('BEGIN');
      const { rows } = await connection.query<Row>(
        `SELECT onboarding_status AS status, onboarding_step AS step, coalesce((preferences ->> 'moves')::int, 0) AS moves
         FROM users WHERE id = $1 FOR UPDATE`,
        [id],
      );
      const [row] = rows;
      if (row?.status === 'migrated') {
        const { rows: found } = await connection.query<{ whole: boolean }>(
          `SELECT ${IS_WHOLE} AS whole FROM users u WHERE id = $1`,
          [id],
        );
        expect(found, id).toEqual([{ whole: true }]);
        await this.#expectKeys(id);
        this.sessionsSeen += 1;
      } else if (row !== undefined) {
        const step = LEGACY_STEPS[(LEGACY_STEPS.indexOf(row.step) + 1) % LEGACY_STEPS.length] ?? 'welcome';
        await connection.query(
          `UPDATE users SET onboarding_step = $2::text, updated_at = now(), onboarding_status = $4,
             preferences = jsonb_set(jsonb_set(preferences, ARRAY['onboarding', $2::text], jsonb_build_object('n', $3::int)), '{moves}', to_jsonb($3::int))
           WHERE id = $1`,
          [id, step, row.moves + 1, n % 7 === 0 ? 'completed' : 'active'],
        );
      }
      await connection.query('COMMIT');
      if (row !== undefined && row.status !== 'migrated') this.moves.set(id, row.moves + 1);
    } catch (error) {
      await connection.query('ROLLBACK');
      throw error;
    } finally {
      connection.release();
    }
  }

  /** Nobody migrates or rolls back who is locked. While Redis is away there is nothing to see. */
  async #expectKeys(id: string): Promise<void> {
    const names = ['progress', 'metadata'].map((name) => keyOf(this.product.prefix, sessionIdOf(id), name));
    const found = await this.product.redis.call<(string | null)[]>('MGET', ...names).catch(() => undefined);
    if (found !== undefined) expect(found.includes(null), `keys of ${id}`).toBe(false);
  }
}
