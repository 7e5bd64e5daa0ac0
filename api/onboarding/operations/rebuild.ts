import { KEY_NAMES } from '../../../domain/onboarding/keys.js';
import { sessionIdOf } from '../../../domain/onboarding/ids.js';
import { LAST_STEP } from '../../../domain/onboarding/steps.js';
import { wordOf } from '../../../domain/onboarding/words.js';
import type { Ask } from '../../../gateways/onboarding/database.js';
import { readUserRow } from '../../../gateways/onboarding/migrated-user.js';
import type { OnboardingStores } from '../stores.js';
import { notMigrated, unknownUser } from './unknown.js';

const PING_MS = 2_000;

const DOCUMENTS = `
  SELECT ARRAY(SELECT (session_data -> 'steps' -> number::text)::text FROM generate_series(1, ${LAST_STEP}) AS number ORDER BY number)
      || (session_data -> 'progress')::text || (session_data -> 'metadata')::text AS documents
  FROM onboarding_sessions WHERE session_id = $1`;

/**
 * Restores Redis from PostgreSQL. Existing keys stay, and all keys get the full lifetime. Holds the user's lock and a permit, so that the keys of
 * somebody who is being rolled back do not come back. Returns the number of keys. Throws Problem 404, 409; TargetUnavailable.
 */
export async function rebuild({ database, keys }: OnboardingStores, userId: string): Promise<number> {
  const sessionId = sessionIdOf(userId);
  await keys.ping(PING_MS);
  return database.transaction('rebuild-session', async (tx) => {
    const ask: Ask = async <Row extends object>(text: string, values: readonly unknown[]) =>
      (await tx.query<Row>(text, [...values])).rows;
    const user = await readUserRow(ask, userId, 'FOR NO KEY UPDATE');
    if (user === undefined) throw unknownUser();
    if (wordOf(user.status) !== 'migrated') throw notMigrated();
    const permit = await keys.permit([sessionId]);
    // Read after the permit was taken, which shows that the lock still holds.
    const [session] = await ask<{ documents: (string | null)[] }>(DOCUMENTS, [sessionId]);
    if (session === undefined) throw notMigrated();
    return keys.fill(
      sessionId,
      KEY_NAMES.map((_name, at) => session.documents[at] ?? undefined),
      permit,
    );
  });
}
