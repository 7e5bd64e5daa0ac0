import { randomUUID } from 'node:crypto';
import { valuesOf } from '../../domain/onboarding/keys.js';
import { type Manifest, manifestOf } from '../../domain/onboarding/manifest.js';
import { migrated, type UserResult } from '../../domain/onboarding/results.js';
import type { Session } from '../../domain/onboarding/session.js';
import type { TokenCounter } from '../../domain/onboarding/tokens/counter.js';
import type { ReadUser } from '../../gateways/onboarding/legacy-users.js';
import { flipUsers, lockUnchanged } from '../../gateways/onboarding/locked-users.js';
import { logMigrated } from '../../gateways/onboarding/log.js';
import { deactivateManifests, lockVersions } from '../../gateways/onboarding/workspaces.js';
import { type NewManifest, removeManifests, writeRows } from '../../gateways/onboarding/write-rows.js';
import type { Transaction } from '../../gateways/store/sql/transaction.js';
import type { OnboardingWorld } from './world.js';

/** A user as it was read, and the planned session. */
export interface PlannedUser {
  readonly user: ReadUser;
  readonly session: Session;
  /** For a completed session; its version may be taken by the time it is written. */
  readonly manifest: Manifest | undefined;
}

export interface WriteTask {
  readonly migrationId: string;
  /** When the attempt began; ISO 8601. */
  readonly startedAt: string;
  /** Set if any of the users has a manifest. */
  readonly countTokens: TokenCounter;
}

/**
 * Moves users in one transaction. The order of writes is such that after a crash at any point the product sees either the legacy user or everything:
 *
 * 1. Lock the rows that are still as they were read, without waiting; leave out the others.
 * 2. Take a permit for the sessions' keys in Redis. It replaces that of an overtaken attempt.
 * 3. Write the rows, one statement a table. They prove that the locks of step 1 still hold after step 2, so nobody else has a later permit and is done.
 * 4. Write the keys, which consumes the permit.
 * 5. Flip the users, and commit. Until then the product sees legacy users, and keys that nobody reads.
 *
 * Returns the results of the moved users. Throws RefusedData, TargetUnavailable.
 */
export function writeUsers(
  { database, keys }: OnboardingWorld,
  { migrationId, startedAt, countTokens }: WriteTask,
  planned: readonly PlannedUser[],
): Promise<Map<string, UserResult>> {
  return database.transaction('migrate-users', async (tx) => {
    const { ids, now } = await lockUnchanged(
      tx,
      planned.map(({ user }) => user),
    );
    const held = planned.filter(({ user }) => ids.has(user.id));
    if (held.length === 0) return new Map();
    const sessionIds = held.map(({ session }) => session.sessionId);
    const permit = await keys.permit(sessionIds);
    await removeManifests(tx, sessionIds);
    const { rows, deactivated } = await numbered(tx, held, countTokens);
    await writeRows(tx, rows);
    const results = new Map(held.map(({ session }) => [session.userId, migrated(session, now)]));
    await logMigrated(
      tx,
      migrationId,
      startedAt,
      rows.map(({ user, session, manifest }) => ({
        userId: user.id,
        sessionId: session.sessionId,
        metadata: {
          migration_id: migrationId,
          created_at: user.createdAt,
          updated_at: user.updatedAt,
          manifest_id: manifest?.id ?? null,
          deactivated: deactivated.get(user.id) ?? [],
          result: results.get(user.id) ?? migrated(session, now),
        },
      })),
    );
    await keys.write(
      new Map(held.map(({ session }) => [session.sessionId, valuesOf(session.documents)])),
      permit,
    );
    await flipUsers(tx, [...ids]);
    return results;
  });
}

interface Numbered {
  readonly rows: readonly {
    readonly user: ReadUser;
    readonly session: Session;
    readonly manifest: NewManifest | undefined;
  }[];
  /** By user, the workspace's manifests that were active before. */
  readonly deactivated: ReadonlyMap<string, readonly string[]>;
}

/** Gives manifests the next versions of their workspaces; the last one of each is the active one. */
async function numbered(
  tx: Transaction,
  held: readonly PlannedUser[],
  countTokens: TokenCounter,
): Promise<Numbered> {
  const withManifest = held.filter(({ manifest }) => manifest !== undefined);
  const workspaces = [...new Set(withManifest.map(({ session }) => session.workspaceId))].sort();
  const versions = await lockVersions(tx, workspaces);
  const active = new Map(await deactivateManifests(tx, workspaces));
  const last = new Map(withManifest.map(({ session, user }) => [session.workspaceId, user.id]));
  const deactivated = new Map<string, readonly string[]>();
  const rows = held.map(({ user, session, manifest }) => {
    if (manifest === undefined) return { user, session, manifest: undefined };
    const { workspaceId } = session;
    const version = versions.next(workspaceId);
    const made = version === manifest.version ? manifest : manifestOf(session, version, countTokens);
    const id = randomUUID();
    deactivated.set(user.id, active.get(workspaceId) ?? []);
    active.set(workspaceId, [id]);
    return { user, session, manifest: { ...made, id, isActive: last.get(workspaceId) === user.id } };
  });
  return { rows, deactivated };
}
