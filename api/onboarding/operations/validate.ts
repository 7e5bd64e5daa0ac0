import { type Check, checksOf } from '../../../domain/onboarding/validation.js';
import { Uncanonical } from '../../../domain/onboarding/manifest.js';
import { tokenCounter } from '../../../gateways/tokenizer/o200k-base.js';
import { wordOf } from '../../../domain/onboarding/words.js';
import {
  type SessionRow,
  type UserRow,
  readManifests,
  readMigratedLog,
  readSession,
  readSteps,
  readUserRow,
  writtenSession,
} from '../../../gateways/onboarding/migrated-user.js';
import type { OnboardingStores } from '../stores.js';
import { unknownUser } from './unknown.js';

/** Compares the rows that exist with the rows that the migration wrote. Throws Problem 404; TargetUnavailable. */
export async function validate(stores: OnboardingStores, userId: string) {
  const { rows } = stores.database;
  const user = await readUserRow(rows, userId);
  if (user === undefined) throw unknownUser();
  const session = await readSession(rows, userId);
  const isMigrated = wordOf(user.status) === 'migrated';
  const details: Check[] = [
    {
      check: 'user',
      ok: isMigrated,
      detail: isMigrated ? 'The legacy status is migrated.' : 'The user is not migrated.',
    },
    ...(isMigrated ? await sessionChecks(stores, userId, session) : []),
  ];
  const wrong = details.filter(({ ok }) => !ok);
  return {
    valid: wrong.length === 0,
    user_id: userId,
    ...shownSession(user, session),
    error_message:
      wrong.length === 0 ? null : wrong.map(({ check, detail }) => `${check}: ${detail}`).join(' '),
    details,
  };
}

function shownSession(user: UserRow, session: SessionRow | undefined) {
  return {
    session_id: session?.sessionId ?? null,
    workspace_id: session?.workspaceId ?? null,
    legacy_status: session === undefined ? user.status : session.legacyStatus,
    new_status: session?.status ?? null,
    completion_percentage: session === undefined ? null : Number(session.percentage),
    bcm_generated: session?.bcmGenerated ?? false,
  };
}

async function sessionChecks(
  { database: { rows }, keys }: OnboardingStores,
  userId: string,
  session: SessionRow | undefined,
): Promise<Check[]> {
  if (session === undefined) return [{ check: 'session', ok: false, detail: 'The row is missing.' }];
  const log = await readMigratedLog(rows, userId);
  const written = log && writtenSession(userId, log, session);
  if (written === undefined)
    return [{ check: 'log', ok: false, detail: 'No row of the log says what the migration wrote.' }];
  const [steps, manifests, [values = []]] = await Promise.all([
    readSteps(rows, session),
    readManifests(rows, session),
    keys.read([session.sessionId]),
  ]);
  const countTokens = manifests.length > 0 ? await tokenCounter() : () => 0;
  try {
    return checksOf(written, { session, steps, manifests, values }, countTokens);
  } catch (error) {
    if (!(error instanceof Uncanonical)) throw error;
    return [{ check: 'manifest', ok: false, detail: error.message }];
  }
}
