import { timestamp } from '../../domain/engine/clock.js';
import type { UserFailure } from '../../domain/onboarding/failures.js';
import { Uncanonical, manifestOf } from '../../domain/onboarding/manifest.js';
import { type UserResult, failed, migrated, skipped } from '../../domain/onboarding/results.js';
import { mapUser } from '../../domain/onboarding/session.js';
import type { TokenCounter } from '../../domain/onboarding/tokens/counter.js';
import { tokenCounter } from '../../gateways/tokenizer/o200k-base.js';
import { type ReadUser, readUsers } from '../../gateways/onboarding/legacy-users.js';
import { type FailedEntry, logFailed, ownResults } from '../../gateways/onboarding/log.js';
import { readVersions } from '../../gateways/onboarding/workspaces.js';
import { RefusedData } from '../../gateways/store/sql/transaction.js';
import { type OnboardingWorld, assertRedisAnswers } from './world.js';
import { type PlannedUser, type WriteTask, writeUsers } from './write-users.js';

export interface MigrateTask {
  readonly migrationId: string;
  /** Reads and maps, and changes nothing. */
  readonly dryRun: boolean;
  /** Called between reads. */
  beat(): void;
}

/** How often a user whose row keeps changing is read; the pauses between reads add up to some five seconds. */
const READS = 12;
const FIRST_PAUSE_MS = 5;
const MOST_PAUSE_MS = 1_000;
const GIVE_WAY_AFTER_MS = 50;

/**
 * Migrates these users and returns the result of each. One user's failure does not affect others; users that change meanwhile are read again.
 * Idempotent: users that this migration has moved before keep their result. Throws TargetUnavailable; the caller must retry.
 */
export async function migrateUsers(
  world: OnboardingWorld,
  task: MigrateTask,
  userIds: readonly string[],
): Promise<Map<string, UserResult>> {
  const { database, clock } = world;
  const results = new Map<string, UserResult>();
  const refusals = new Map<string, string>();
  let pause = FIRST_PAUSE_MS;
  for (let reads = 1; ; reads += 1) {
    const open = userIds.filter((id) => !results.has(id));
    if (open.length === 0) return results;
    task.beat();
    const round = new Round(world, task, refusals);
    const users = await readUsers(database, open);
    // Read after the users, so that a user whom an earlier attempt has just migrated does not count as migrated before.
    const own = await ownResults(database.rows, task.migrationId, open, 'completed');
    for (const [id, result] of own) results.set(id, result);
    await round.run(
      open.filter((id) => !own.has(id)),
      users,
      reads === READS,
    );
    for (const [id, result] of round.results) results.set(id, result);
    if (open.every((id) => results.has(id))) return results;
    await clock.sleep(pause);
    pause = Math.min(pause * 2, MOST_PAUSE_MS);
  }
}

/** One round: users are read once, and planned and written as far as possible. */
class Round {
  readonly results = new Map<string, UserResult>();
  readonly #failed: FailedEntry[] = [];
  readonly #startedAt: string;
  #gaveWayAt: number;

  constructor(
    private readonly world: OnboardingWorld,
    private readonly task: MigrateTask,
    /** Users whose data PostgreSQL has refused before, with its code. */
    private readonly refusals: Map<string, string>,
  ) {
    this.#startedAt = timestamp(world.clock);
    this.#gaveWayAt = world.clock.elapsed();
  }

  async run(open: readonly string[], users: ReadonlyMap<string, ReadUser>, isLast: boolean): Promise<void> {
    const planned = await this.#plan(open, users);
    if (this.task.dryRun) {
      for (const { session } of planned.users) this.results.set(session.userId, migrated(session, null));
      return;
    }
    if (planned.users.length > 0) await assertRedisAnswers(this.world);
    await this.#write(planned.users, {
      ...planned,
      migrationId: this.task.migrationId,
      startedAt: this.#startedAt,
    });
    if (isLast) {
      const detail = `The user's row was changed each of the ${READS} times that it was read.`;
      for (const { user } of planned.users)
        if (!this.results.has(user.id)) this.#fail(user, { type: 'KeepsChanging', detail });
    }
    if (this.#failed.length === 0) return;
    const { migrationId } = this.task;
    await this.world.database.transaction('log-failed-users', (tx) =>
      logFailed(tx, migrationId, this.#startedAt, this.#failed),
    );
  }

  /** Maps the users. Records the results of those who are skipped or fail. */
  async #plan(
    open: readonly string[],
    users: ReadonlyMap<string, ReadUser>,
  ): Promise<{ users: PlannedUser[]; countTokens: TokenCounter }> {
    const mapped = open.flatMap((id) => {
      const user = users.get(id);
      const refusal = this.refusals.get(id);
      if (user === undefined) {
        this.results.set(id, failed(id, null, { type: 'NoSuchUser', detail: 'There is no such user.' }));
        return [];
      }
      const found = mapUser(user);
      if ('skip' in found) this.results.set(id, skipped(id, user.status, found.skip));
      else if ('failure' in found) this.#fail(user, found.failure);
      else if (refusal !== undefined && refusal.endsWith(user.version)) this.#fail(user, refused(refusal));
      else return [{ user, session: found.session }];
      return [];
    });
    const completed = mapped.filter(({ session }) => session.status === 'completed');
    if (completed.length === 0)
      return { users: mapped.map((each) => ({ ...each, manifest: undefined })), countTokens: () => 0 };
    const countTokens = await tokenCounter();
    const versions = await readVersions(this.world.database, [
      ...new Set(completed.map(({ session }) => session.workspaceId)),
    ]);
    const planned: PlannedUser[] = [];
    for (const { user, session } of mapped) {
      try {
        const version = session.status === 'completed' ? versions.next(session.workspaceId) : undefined;
        planned.push({
          user,
          session,
          manifest: version === undefined ? undefined : manifestOf(session, version, countTokens),
        });
      } catch (error) {
        // A text may be too long for the tokenizer.
        if (!(error instanceof Uncanonical || error instanceof RangeError)) throw error;
        this.#fail(user, { type: 'UncanonicalAnswers', detail: error.message });
      }
      await this.#giveWay();
    }
    return { users: planned, countTokens };
  }

  /** Counting tokens of long answers takes seconds, in which heartbeats must be sent. */
  async #giveWay(): Promise<void> {
    const { clock } = this.world;
    if (clock.elapsed() - this.#gaveWayAt < GIVE_WAY_AFTER_MS) return;
    await clock.sleep(0);
    this.#gaveWayAt = clock.elapsed();
  }

  /** Finds users whose data PostgreSQL refuses, by bisection. They are read once more, since what they refer to may be gone. */
  async #write(planned: readonly PlannedUser[], task: WriteTask): Promise<void> {
    if (planned.length === 0) return;
    try {
      for (const [id, result] of await writeUsers(this.world, task, planned)) this.results.set(id, result);
    } catch (error) {
      if (!(error instanceof RefusedData)) throw error;
      const [first] = planned;
      if (planned.length === 1 && first)
        this.refusals.set(first.user.id, `${error.code} ${first.user.version}`);
      if (planned.length === 1) return;
      const half = Math.ceil(planned.length / 2);
      await this.#write(planned.slice(0, half), task);
      await this.#write(planned.slice(half), task);
    }
  }

  #fail(user: ReadUser, failure: UserFailure): void {
    this.results.set(user.id, failed(user.id, user.status, failure));
    // A row that keeps changing has no meaningful version.
    const version = failure.type === 'KeepsChanging' ? null : user.version;
    this.#failed.push({ userId: user.id, version, message: `${failure.type}: ${failure.detail}` });
  }
}

function refused(refusal: string): UserFailure {
  return {
    type: 'RefusedByDatabase',
    detail: `PostgreSQL refuses the user's data (${refusal.split(' ')[0]}).`,
  };
}
