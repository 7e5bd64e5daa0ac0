/** Runs everything that the kind can do once on the users of the sample. */

import pLimit from 'p-limit';
import pc from 'picocolors';
import { isUserFailure } from '../../../domain/onboarding/failures.js';
import { type ApiClient, ApiProblem } from '../../engine/api/client.js';
import { count, plural } from '../../engine/terminal/words.js';
import type { Means } from '../bring-up.js';
import type { Say } from '../steps.js';
import type { OnboardingDemo } from './bring-up.js';
import { type MigrationOfUsers, failuresOf, runToEnd } from './run.js';

const ROOT = '/api/v1/onboarding/migration';

/** To paste meanwhile. */
export const ONBOARDING_COMMANDS = [
  'carryover onboarding progress',
  'carryover onboarding stats',
  'carryover list --kind onboarding',
  `curl -H "Authorization: Bearer $TOKEN" $API${ROOT}/stats`,
];

const AT_ONCE = 8;
const ONE_IN = 10;
const LIMITED_MS = 1_000;

/**
 * 1. Migrate all legacy users.
 * 2. Validate each of them.
 * 3. Roll a tenth back, and check that their legacy columns are as before.
 * 4. Flush Redis, and rebuild each session from PostgreSQL.
 * 5. Validate again.
 *
 * Returns whether only users with a fault have failed.
 */
export async function showOnboarding(world: OnboardingDemo, api: ApiClient, means: Means): Promise<boolean> {
  return new Showing(world, api, means).all();
}

class Showing {
  readonly #lines: string[] = [];
  #good = true;

  constructor(
    private readonly world: OnboardingDemo,
    private readonly api: ApiClient,
    private readonly means: Means,
  ) {}

  async all(): Promise<boolean> {
    await this.#migrate();
    await this.#validate('Every migrated user is validated');
    await this.#rollBack();
    await this.#rebuild();
    await this.#validate('Every migrated user is validated once more');
    process.stdout.write(`\n${this.#lines.join('\n')}\n\n`);
    return this.#good;
  }

  async #migrate(): Promise<void> {
    const migration = await this.#step('All legacy users are migrated', (say) =>
      runToEnd(this.api, this.means, { path: `${ROOT}/migrate`, body: { all: true } }, say),
    );
    const failures = await failuresOf(this.api, migration.migration_id);
    const reasons = [...new Set(failures)]
      .map((type) => `${type} ${failures.filter((each) => each === type).length}`)
      .join(', ');
    this.#say(
      migration.status === 'completed' && failures.every(isUserFailure),
      `${count(migration.migrated_users)} users migrated${speedOf(migration)}, ${count(failures.length)} failed${reasons && `: ${reasons}`}`,
    );
  }

  async #validate(name: string): Promise<void> {
    const ids = await this.#migrated();
    let wrong = 0;
    await this.#each(name, ids, async (id) => {
      const { valid } = await this.api.get<{ valid: boolean }>(`${ROOT}/validate/${id}`);
      if (!valid) wrong += 1;
    });
    this.#say(
      wrong === 0,
      `${count(ids.length)} validated: ${wrong === 0 ? 'all valid' : `${wrong} are not`}`,
    );
  }

  async #rollBack(): Promise<void> {
    const ids = (await this.#migrated()).filter((_id, at) => at % ONE_IN === 0);
    const migration = await this.#step('A tenth is rolled back', (say) =>
      runToEnd(this.api, this.means, { path: `${ROOT}/rollback`, body: { user_ids: ids } }, say),
    );
    const { rows } = await this.world.product.query<{ restored: number }>(
      `SELECT count(*)::int AS restored FROM users u
       JOIN LATERAL (SELECT * FROM onboarding_migration_log l WHERE l.source_user_id = u.id ORDER BY started_at DESC LIMIT 1) l ON true
       WHERE u.id = ANY($1::uuid[]) AND (u.onboarding_status, u.onboarding_step) IS NOT DISTINCT FROM (l.legacy_onboarding_status, l.legacy_onboarding_step)
         AND NOT EXISTS (SELECT FROM onboarding_sessions s WHERE s.user_id = u.id)`,
      [ids],
    );
    const restored = rows[0]?.restored ?? 0;
    this.#say(
      migration.migrated_users === ids.length && restored === ids.length,
      `${count(migration.migrated_users)} of ${count(ids.length)} rolled back; the legacy columns of ${count(restored)} are as they stood`,
    );
  }

  async #rebuild(): Promise<void> {
    const ids = await this.#migrated();
    await this.world.redis.call('FLUSHALL');
    let keys = 0;
    await this.#each('Redis is flushed and filled again', ids, async (id) => {
      const rebuilt = await this.api.post<{ keys: number }>(`${ROOT}/rebuild/${id}`);
      keys += rebuilt.keys;
    });
    const held = await this.world.redis.call<number>('DBSIZE');
    this.#say(held === keys, `${count(ids.length)} sessions filled again with ${plural(keys, 'key')}`);
  }

  async #migrated(): Promise<string[]> {
    const { rows } = await this.world.product.query<{ id: string }>(
      `SELECT id::text FROM users WHERE onboarding_status = 'migrated' ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  }

  async #each(name: string, ids: readonly string[], work: (id: string) => Promise<void>): Promise<void> {
    const limit = pLimit(AT_ONCE);
    let done = 0;
    await this.#step(name, async (say) => {
      const one = async (id: string): Promise<void> => {
        await this.#patiently(() => work(id));
        done += 1;
        say(`${count(done)} of ${count(ids.length)}`, done / ids.length);
      };
      await Promise.all(ids.map((id) => limit(one, id)));
    });
  }

  /** The API limits how much one caller asks for. */
  async #patiently(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ApiProblem && error.status === 429)) throw error;
        await this.means.clock.sleep(LIMITED_MS, { signal: this.means.closing.signal });
      }
    }
  }

  #step<T>(name: string, work: (say: Say) => Promise<T>): Promise<T> {
    return this.means.steps.run(name, work);
  }

  #say(isGood: boolean, line: string): void {
    this.#good &&= isGood;
    this.#lines.push(`${isGood ? pc.green('✔') : pc.red('✖')} ${line}`);
  }
}

function speedOf({ migrated_users: users, processing_time_ms: ms }: MigrationOfUsers): string {
  return ms > 0 && users > 0 ? ` (${count(Math.round((users * 1_000) / ms))} a second)` : '';
}
