/**
 * A script for a single night: reads users, maps them, inserts many rows at once, and fills Redis by pipeline. It has no locks, no fence, no log and
 * no cursor; PostgreSQL does not wait for the disk. Mapping, checksum and tokens are Carryover's own.
 */

import { createClient } from '@redis/client';
import pg from 'pg';
import { KEY_NAMES, keyOf, valuesOf } from '../../domain/onboarding/keys.js';
import { manifestOf } from '../../domain/onboarding/manifest.js';
import { type Session, mapUser } from '../../domain/onboarding/session.js';
import { LAST_REQUIRED, STEPS } from '../../domain/onboarding/steps.js';
import { tokenCounter } from '../../gateways/tokenizer/o200k-base.js';
import { scriptArgument } from '../world/child.js';

export interface PlainTask {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly ttlSeconds: number;
}

export interface PlainResult {
  readonly users: number;
  readonly seconds: number;
}

/** A statement has at most 65,535 parameters. */
const USERS_AT_ONCE = 200;

interface Row {
  readonly id: string;
  readonly email: string | null;
  readonly full_name: string | null;
  readonly onboarding_status: string;
  readonly onboarding_step: string | null;
  readonly has_completed_onboarding: boolean | null;
  readonly preferences: { readonly onboarding?: Readonly<Record<string, unknown>> };
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly workspace_id: string | null;
}

const task = await scriptArgument<PlainTask>();
const connection = new pg.Client({ connectionString: task.databaseUrl });
await connection.connect();
await connection.query('SET synchronous_commit = off');
const redis = createClient({ url: task.redisUrl });
await redis.connect();
const countTokens = await tokenCounter();
const begun = performance.now();
const users = await migrateAll();
process.send?.({ users, seconds: (performance.now() - begun) / 1_000 } satisfies PlainResult);
redis.destroy();
await connection.end();

async function migrateAll(): Promise<number> {
  let done = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const { rows } = await connection.query<Row>(
      `SELECT u.*, (SELECT w.id FROM workspaces w WHERE w.owner_id = u.id ORDER BY w.created_at, w.id LIMIT 1) AS workspace_id
       FROM users u WHERE u.id > $1 AND onboarding_status <> 'migrated' ORDER BY u.id LIMIT ${USERS_AT_ONCE}`,
      [after],
    );
    const last = rows.at(-1);
    if (last === undefined) return done;
    after = last.id;
    const sessions = rows.flatMap((row) => sessionOf(row) ?? []);
    await write(sessions);
    done += sessions.length;
  }
}

function sessionOf(row: Row): Session | undefined {
  const mapped = mapUser({
    id: row.id,
    email: row.email,
    fullName: row.full_name,
    status: row.onboarding_status,
    step: row.onboarding_step,
    hasCompleted: row.has_completed_onboarding,
    answers: new Map(
      Object.entries(row.preferences.onboarding ?? {}).map(([step, answer]) => [
        step,
        JSON.stringify(answer),
      ]),
    ),
    createdAt: microseconds(row.created_at),
    updatedAt: microseconds(row.updated_at),
    workspaceId: row.workspace_id,
  });
  return 'session' in mapped ? mapped.session : undefined;
}

async function write(sessions: readonly Session[]): Promise<void> {
  await connection.query('BEGIN');
  const manifests = sessions
    .filter(({ status }) => status === 'completed')
    .map((session) => ({ session, manifest: manifestOf(session, '1.0', countTokens) }));
  const byId = new Map(manifests.map(({ session, manifest }) => [session.userId, manifest]));
  const { rows } = await insert<{ id: string; session_id: string }>(
    'onboarding_sessions (session_id, user_id, workspace_id, client_name, started_at, updated_at, completed_at, current_step, completion_percentage, status, bcm_generated, bcm_version, bcm_checksum, session_data, migrated_from_legacy, legacy_onboarding_status, legacy_onboarding_step, metadata)',
    sessions.map((session) => [
      session.sessionId,
      session.userId,
      session.workspaceId,
      session.clientName,
      session.startedAt,
      session.updatedAt,
      session.completedAt,
      session.currentStep,
      session.percentage,
      session.status,
      byId.has(session.userId),
      byId.get(session.userId)?.version ?? null,
      byId.get(session.userId)?.checksum ?? null,
      session.sessionData,
      true,
      session.legacyStatus,
      session.legacyStep,
      session.metadata,
    ]),
    'RETURNING id, session_id',
  );
  const ids = new Map(rows.map((row) => [row.session_id, row.id]));
  await insert(
    'onboarding_steps (session_id, step_number, step_name, phase_number, status, step_data, started_at, completed_at, updated_at, is_required)',
    sessions.flatMap((session) =>
      STEPS.map(({ number, name, phase }) => [
        ids.get(session.sessionId),
        number,
        name,
        phase,
        number <= session.completed ? 'complete' : number === session.currentStep ? 'in-progress' : 'pending',
        session.stepData.get(number) ?? '{}',
        number <= session.currentStep ? session.startedAt : null,
        number <= session.completed ? session.updatedAt : null,
        session.updatedAt,
        number <= LAST_REQUIRED,
      ]),
    ),
  );
  if (manifests.length > 0)
    await insert(
      'business_context_manifests (workspace_id, session_id, version, checksum, manifest_json, generated_by_user_id, token_count, size_bytes)',
      manifests.map(({ session, manifest }) => [
        session.workspaceId,
        ids.get(session.sessionId),
        manifest.version,
        manifest.checksum,
        manifest.json,
        session.userId,
        manifest.tokens,
        manifest.sizeBytes,
      ]),
    );
  await Promise.all(sessions.flatMap(setKeys));
  await connection.query(`UPDATE users SET onboarding_status = 'migrated' WHERE id = ANY($1)`, [
    sessions.map(({ userId }) => userId),
  ]);
  await connection.query('COMMIT');
}

/** Commands of one turn of the event loop are sent together. */
function setKeys(session: Session): Promise<unknown>[] {
  const { prefix, ttlSeconds } = task;
  return valuesOf(session.documents).flatMap((value, at) => {
    const key = keyOf(prefix, session.sessionId, KEY_NAMES[at] ?? '');
    return value === undefined ? [] : [redis.set(key, value, { EX: ttlSeconds })];
  });
}

function insert<Result extends pg.QueryResultRow>(
  into: string,
  rows: readonly (readonly unknown[])[],
  returning = '',
): Promise<pg.QueryResult<Result>> {
  let next = 0;
  const places = rows.map((row) => `(${row.map(() => `$${(next += 1)}`).join(',')})`);
  return connection.query<Result>(`INSERT INTO ${into} VALUES ${places.join(',')} ${returning}`, rows.flat());
}

function microseconds(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
