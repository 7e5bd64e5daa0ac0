/** Reads legacy users, without a lock. */

import type { LegacyUser } from '../../domain/onboarding/session.js';
import { LEGACY_STEPS } from '../../domain/onboarding/steps.js';
import { WHITE_SPACE } from '../../domain/onboarding/words.js';
import type { OnboardingDatabase } from './database.js';

export interface ReadUser extends LegacyUser {
  /** Changes with every change of the row. */
  readonly version: string;
}

/** SQL: ISO 8601 in UTC to the microsecond; PostgreSQL's own text if there is no such form. */
export function isoTime(column: string): string {
  return `CASE WHEN isfinite(${column}) AND extract(year FROM ${column} AT TIME ZONE 'UTC') BETWEEN 1 AND 9999
    THEN to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE ${column}::text END`;
}

/** SQL: the answers of `preferences` that are objects, as text, with the legacy steps of parameter $2. */
export function answersOf(preferences: string): string {
  return `LATERAL (
    SELECT array_agg(key) AS steps, array_agg(value::text) AS texts
    FROM jsonb_each(CASE WHEN jsonb_typeof(${preferences} -> 'onboarding') = 'object' THEN ${preferences} -> 'onboarding' ELSE '{}' END)
    WHERE key = ANY($2::text[]) AND jsonb_typeof(value) = 'object') AS answers`;
}

const READ = `
  SELECT u.id::text, u.email, u.full_name AS "fullName", u.onboarding_status AS status, u.onboarding_step AS step,
    u.has_completed_onboarding AS "hasCompleted", ${isoTime('u.created_at')} AS "createdAt", ${isoTime('u.updated_at')} AS "updatedAt",
    u.xmin::text AS version, answers.steps, answers.texts,
    (SELECT w.id::text FROM workspaces w WHERE w.owner_id = u.id ORDER BY w.created_at, w.id LIMIT 1) AS "workspaceId"
  FROM users u, ${answersOf('u.preferences')}
  WHERE u.id = ANY($1::uuid[])`;

export interface AnswerColumns {
  readonly steps: readonly string[] | null;
  readonly texts: readonly string[] | null;
}

export function answersIn({ steps, texts }: AnswerColumns): ReadonlyMap<string, string> {
  return new Map((steps ?? []).map((step, at) => [step, texts?.[at] ?? '{}']));
}

/** By id. */
export async function readUsers(
  database: OnboardingDatabase,
  ids: readonly string[],
): Promise<Map<string, ReadUser>> {
  const rows = await database.rows<Omit<ReadUser, 'answers'> & AnswerColumns>(READ, [ids, LEGACY_STEPS]);
  return new Map(
    rows.map(({ steps, texts, ...user }) => [user.id, { ...user, answers: answersIn({ steps, texts }) }]),
  );
}

/** SQL: whether the status is neither null nor `migrated`; parameter $1 is white space. */
const IS_LEGACY = `btrim(onboarding_status, $1) <> '' AND lower(btrim(onboarding_status, $1) COLLATE "C") <> 'migrated'`;

export async function countLegacyUsers(database: OnboardingDatabase): Promise<number> {
  const [row] = await database.rows<{ count: number }>(
    `SELECT count(*)::int AS count FROM users WHERE ${IS_LEGACY}`,
    [WHITE_SPACE],
  );
  return row?.count ?? 0;
}

/** The next legacy users by id, up to and including `upTo`. */
export async function nextLegacyUsers(
  database: OnboardingDatabase,
  { after, upTo, limit }: { readonly after: string | null; readonly upTo: string; readonly limit: number },
): Promise<string[]> {
  const rows = await database.rows<{ id: string }>(
    `SELECT id::text FROM users WHERE ($2::uuid IS NULL OR id > $2) AND id <= $3::uuid AND ${IS_LEGACY} ORDER BY id LIMIT $4`,
    [WHITE_SPACE, after, upTo, limit],
  );
  return rows.map(({ id }) => id);
}

/** As PostgreSQL holds them, mostly compressed. */
const CHUNK_BYTES = 2_000_000;

/** The users in chunks whose answers fit into memory several times over; one with more has a chunk alone. */
export async function chunksOf(database: OnboardingDatabase, ids: readonly string[]): Promise<string[][]> {
  const rows = await database.rows<{ id: string; bytes: number }>(
    'SELECT id::text, coalesce(pg_column_size(preferences), 0) AS bytes FROM users WHERE id = ANY($1::uuid[])',
    [ids],
  );
  const bytes = new Map(rows.map(({ id, bytes: size }) => [id, size]));
  const chunks: string[][] = [];
  let room = 0;
  for (const id of ids) {
    const size = bytes.get(id) ?? 0;
    if (chunks.length === 0 || size > room) {
      chunks.push([]);
      room = CHUNK_BYTES;
    }
    chunks.at(-1)?.push(id);
    room -= size;
  }
  return chunks;
}
