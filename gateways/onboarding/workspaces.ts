/** The manifests of workspaces: their versions, and which is active. */

import { versionAfter } from '../../domain/onboarding/manifest.js';
import type { Transaction } from '../store/sql/transaction.js';
import type { OnboardingDatabase } from './database.js';

/** SQL: the highest n of versions `1.n`. */
const HIGHEST = `SELECT workspace_id::text AS id, max(substring(version FROM '^1\\.(\\d+)$')::numeric)::text AS highest
  FROM business_context_manifests WHERE workspace_id = ANY($1::uuid[]) GROUP BY workspace_id`;

interface HighestRow {
  readonly id: string;
  readonly highest: string | null;
}

/** Numbers the next manifests of workspaces, without gaps. */
export class Versions {
  readonly #highest: Map<string, bigint>;

  constructor(rows: readonly HighestRow[]) {
    this.#highest = new Map(
      rows.flatMap(({ id, highest }) => (highest === null ? [] : [[id, BigInt(highest)]])),
    );
  }

  next(workspaceId: string): string {
    const held = this.#highest.get(workspaceId);
    this.#highest.set(workspaceId, held === undefined ? 0n : held + 1n);
    return versionAfter(held);
  }
}

/** The versions as they are now; another writer may come first. */
export async function readVersions(
  database: OnboardingDatabase,
  workspaceIds: readonly string[],
): Promise<Versions> {
  return new Versions(
    workspaceIds.length === 0 ? [] : await database.rows<HighestRow & object>(HIGHEST, [workspaceIds]),
  );
}

/** The versions, locked until the transaction ends. Locks in one order, so that writers do not deadlock. */
export async function lockVersions(tx: Transaction, workspaceIds: readonly string[]): Promise<Versions> {
  if (workspaceIds.length === 0) return new Versions([]);
  await tx.query('SELECT FROM workspaces WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE', [
    workspaceIds,
  ]);
  return new Versions((await tx.query<HighestRow>(HIGHEST, [workspaceIds])).rows);
}

/** Returns the manifests that were active, by workspace. */
export async function deactivateManifests(
  tx: Transaction,
  workspaceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (workspaceIds.length === 0) return new Map();
  const { rows } = await tx.query<{ id: string; workspace: string }>(
    `UPDATE business_context_manifests SET is_active = false WHERE workspace_id = ANY($1::uuid[]) AND is_active
     RETURNING id::text, workspace_id::text AS workspace`,
    [workspaceIds],
  );
  const found = new Map<string, string[]>();
  for (const { id, workspace } of rows) found.set(workspace, [...(found.get(workspace) ?? []), id]);
  return found;
}
