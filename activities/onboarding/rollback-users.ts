import pLimit from 'p-limit';
import { timestamp } from '../../domain/engine/clock.js';
import { activityIn } from '../../domain/onboarding/activity.js';
import { sessionIdOf } from '../../domain/onboarding/ids.js';
import { type UserResult, failed, rolledBack } from '../../domain/onboarding/results.js';
import { wordOf } from '../../domain/onboarding/words.js';
import { ownResults } from '../../gateways/onboarding/log.js';
import type { Ask } from '../../gateways/onboarding/database.js';
import {
  type LogRow,
  type SessionRow,
  readMigratedLog,
  readSession,
  readSteps,
  readUserRow,
  writtenSession,
} from '../../gateways/onboarding/migrated-user.js';
import {
  type LegacyState,
  logRolledBack,
  removeSession,
  restoreUser,
} from '../../gateways/onboarding/undo-rows.js';
import type { Permit } from '../../gateways/redis/session-keys.js';
import { RefusedData, type Transaction } from '../../gateways/store/sql/transaction.js';
import { type OnboardingWorld, assertRedisAnswers } from './world.js';

export interface RollbackTask {
  readonly migrationId: string;
  readonly force: boolean;
  beat(): void;
}

const AT_ONCE = 4;

/**
 * Rolls these users back and returns the result of each. Idempotent: a user that this rollback has restored before keeps its result, and its keys in
 * Redis are removed again unless it was migrated since. Throws TargetUnavailable; the caller must retry.
 */
export async function rollBackUsers(
  world: OnboardingWorld,
  task: RollbackTask,
  userIds: readonly string[],
): Promise<Map<string, UserResult>> {
  await assertRedisAnswers(world);
  const results = new Map<string, UserResult>();
  const limit = pLimit(AT_ONCE);
  const rolledBack = userIds.map((id) =>
    limit(async () => {
      task.beat();
      results.set(id, await rollBack(world, task, id));
    }),
  );
  try {
    await Promise.all(rolledBack);
  } catch (error) {
    // Nobody waits for the others any more, and they would run beside the next attempt.
    limit.clearQueue();
    throw error;
  }
  return results;
}

/** Removes the keys of a user who is a legacy user again: an earlier attempt may have died after its commit, before it removed them. */
async function removeKeys({ database, keys }: OnboardingWorld, userId: string): Promise<void> {
  const sessionId = sessionIdOf(userId);
  await database.transaction('remove-keys', async (tx) => {
    const user = await readUserRow(asking(tx), userId, 'FOR NO KEY UPDATE');
    if (user !== undefined && wordOf(user.status) === 'migrated') return;
    const permit = await keys.permit([sessionId]);
    // The lock still holds after the permit was taken.
    await tx.query('SELECT 1');
    await keys.write(new Map([[sessionId, []]]), permit);
  });
}

/**
 * 1. Lock the user's row. A user that an earlier attempt has rolled back keeps that result; the attempt may have died before step 4.
 * 2. Refuse a user who is not migrated or, unless forced, has done something since. Take a permit for the session's keys, which replaces that of any
 *    other writer.
 * 3. Restore the legacy columns, remove the rows, log the rollback, and commit.
 * 4. Remove the keys. Whoever migrates the user again before that has a later permit, and these keys stay.
 */
async function rollBack(world: OnboardingWorld, task: RollbackTask, userId: string): Promise<UserResult> {
  const { database, keys, clock } = world;
  const startedAt = timestamp(clock);
  const sessionId = sessionIdOf(userId);
  let permit: Permit | undefined;
  const work = async (tx: Transaction): Promise<UserResult> => {
    const ask = asking(tx);
    const user = await readUserRow(ask, userId, 'FOR NO KEY UPDATE');
    const own = (await ownResults(ask, task.migrationId, [userId], 'rolled_back')).get(userId);
    if (own) return own;
    if (user === undefined)
      return failed(userId, null, { type: 'NoSuchUser', detail: 'There is no such user.' });
    const [session, log] = [await readSession(ask, userId), await readMigratedLog(ask, userId)];
    const legacy = legacyStateOf(session, log);
    if (wordOf(user.status) !== 'migrated' || legacy === undefined)
      return failed(userId, user.status, { type: 'NotMigrated', detail: 'The user is not migrated.' });
    const activity = session && !task.force ? await newActivity(world, ask, userId, session, log) : [];
    if (activity.length > 0)
      return failed(userId, legacy.status, {
        type: 'NewActivity',
        detail: `The user has gone on in the new session (${activity.join(', ')}). Rolling back with force loses that.`,
      });
    permit = await keys.permit([sessionId]);
    await restoreUser(tx, userId, legacy);
    if (session) await removeSession(tx, session, log?.metadata ?? undefined);
    const result = rolledBack(userId, {
      sessionId,
      workspaceId: session?.workspaceId ?? null,
      legacyStatus: legacy.status,
    });
    await logRolledBack(tx, task.migrationId, startedAt, result);
    return result;
  };
  const result = await database.transaction('roll-back-user', work).catch((error: unknown) => {
    if (!(error instanceof RefusedData)) throw error;
    return failed(userId, null, {
      type: 'RefusedByDatabase',
      detail: `PostgreSQL refuses to restore the user (${error.code}).`,
    });
  });
  if (!result.success) return result;
  // Without a permit an earlier attempt has rolled the user back.
  if (permit === undefined) await removeKeys(world, userId);
  else await keys.write(new Map([[sessionId, []]]), permit).catch(() => removeKeys(world, userId));
  return result;
}

/** The log is the best record of the earlier columns. */
function legacyStateOf(session: SessionRow | undefined, log: LogRow | undefined): LegacyState | undefined {
  if (log !== undefined) return log;
  if (session?.isMigrated !== true) return undefined;
  return { status: session.legacyStatus, step: session.legacyStep, hasCompleted: undefined };
}

async function newActivity(
  { keys }: OnboardingWorld,
  ask: Ask,
  userId: string,
  session: SessionRow,
  log: LogRow | undefined,
): Promise<readonly string[]> {
  const written = log && writtenSession(userId, log, session);
  if (written === undefined) return ['nothing says what was written'];
  const [steps, [values = []]] = [await readSteps(ask, session), await keys.read([session.sessionId])];
  return activityIn(written, { values, steps });
}

function asking(tx: Transaction): Ask {
  return async <Row extends object>(text: string, values: readonly unknown[]) =>
    (await tx.query<Row>(text, [...values])).rows;
}
