/** Waves and their members, as they are created and steered. */

import { createHash } from 'node:crypto';
import type { WaveLimits, WaveState } from '../../../domain/engine/waves/rules.js';
import { addAuditEntry, type AuditActor, type AuditedAction } from '../migrations/audit.js';
import type { Transaction } from '../sql/transaction.js';

export interface Wave extends WaveLimits {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  /** As `parseWindow` reads it. */
  readonly hours: string | null;
  readonly state: WaveState;
  /** Null if a rule has changed it. */
  readonly stateBy: string | null;
  readonly stateSince: Date;
  readonly accepted: { readonly failed: number; readonly ended: number };
  readonly creator: AuditActor;
  readonly createdAt: Date;
}

export interface NewWave extends WaveLimits {
  readonly kind: string;
  readonly key: string;
  readonly hours: string | null;
  /** The subjects in the order of their starts, or those of this status that no open wave has. */
  readonly members: readonly string[] | { readonly status: string };
}

export interface WaveRow {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly asked: string;
  readonly at_once: number;
  readonly hours: string | null;
  readonly stop_percent: number | null;
  readonly state: WaveState;
  readonly state_by: string | null;
  readonly state_since: Date;
  readonly accepted_failed: number;
  readonly accepted_ended: number;
  readonly created_by: string;
  readonly role: string;
  readonly remote_address: string | null;
  readonly created_at: Date;
}

export function waveOf(row: WaveRow): Wave {
  return {
    id: row.id,
    kind: row.kind,
    key: row.key,
    hours: row.hours,
    atOnce: row.at_once,
    stopPercent: row.stop_percent,
    state: row.state,
    stateBy: row.state_by,
    stateSince: row.state_since,
    accepted: { failed: row.accepted_failed, ended: row.accepted_ended },
    creator: { actor: row.created_by, role: row.role, remoteAddress: row.remote_address },
    createdAt: row.created_at,
  };
}

/** `other`: this wave has the key, but other members or limits. `taken`: open waves have these members. */
export type Created =
  | { readonly wave: Wave; readonly isNew: boolean }
  | { readonly other: Wave }
  | { readonly taken: readonly string[] }
  | { readonly empty: true };

/** Thrown to roll back a refused creation. */
class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly answer: Created) {
    super('The wave is refused.');
  }
}

/**
 * Creates a wave with its members, and the audit entry. The same key again finds the wave, and changes nothing. Must run in a transaction that ends with
 * `refusalOf` for what it throws.
 */
export async function createWave(tx: Transaction, wave: NewWave, creator: AuditActor): Promise<Created> {
  const { kind, key, atOnce, hours, stopPercent, members } = wave;
  const asked = createHash('sha256')
    .update(JSON.stringify([atOnce, hours, stopPercent, members]))
    .digest('hex');
  const { rows } = await tx.query<WaveRow>(
    `INSERT INTO carryover.waves (kind, key, asked, at_once, hours, stop_percent, created_by, role, remote_address)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (kind, key) DO NOTHING RETURNING *`,
    [kind, key, asked, atOnce, hours, stopPercent, creator.actor, creator.role, creator.remoteAddress],
  );
  const [row] = rows;
  if (row === undefined) {
    const found = await tx.query<WaveRow>('SELECT * FROM carryover.waves WHERE kind = $1 AND key = $2', [
      kind,
      key,
    ]);
    const held = found.rows[0];
    if (held === undefined) throw new Error(`The wave ${key} is neither new nor there.`);
    return held.asked === asked ? { wave: waveOf(held), isNew: false } : { other: waveOf(held) };
  }
  const added =
    'status' in members ? await addAll(tx, row, members.status) : await addMembers(tx, row, members);
  if (added === 0) throw new Refused({ empty: true });
  await audit(tx, 'create-wave', waveOf(row), creator, added);
  return { wave: waveOf(row), isNew: true };
}

/** The answer that a creation was refused with. Throws any other error. */
export function refusalOf(error: unknown): Created {
  if (error instanceof Refused) return error.answer;
  throw error;
}

async function addMembers(tx: Transaction, { id, kind }: WaveRow, subjects: readonly string[]) {
  const { rows } = await tx.query<{ subject: string }>(
    `INSERT INTO carryover.wave_members (wave_id, position, kind, subject)
     SELECT $1, place, $2, subject FROM unnest($3::text[]) WITH ORDINALITY AS given (subject, place)
     ON CONFLICT DO NOTHING RETURNING subject`,
    [id, kind, subjects],
  );
  const added = new Set(rows.map(({ subject }) => subject));
  const taken = subjects.filter((subject) => !added.has(subject));
  if (taken.length > 0) throw new Refused({ taken });
  return added.size;
}

/** Oldest first. Excludes paused and cancelled migrations. */
async function addAll(tx: Transaction, { id, kind }: WaveRow, status: string): Promise<number> {
  const { rowCount } = await tx.query(
    `INSERT INTO carryover.wave_members (wave_id, position, kind, subject)
     SELECT $1, row_number() OVER (ORDER BY m.id), $2, m.subject FROM carryover.migrations m
     WHERE m.kind = $2 AND m.status = $3 AND m.paused IS NULL AND m.cancelled IS NULL AND m.resetting IS NULL
     ON CONFLICT DO NOTHING`,
    [id, kind, status],
  );
  return rowCount ?? 0;
}

function audit(
  tx: Transaction,
  action: AuditedAction,
  { id, key }: Wave,
  actor: AuditActor,
  members?: number,
): Promise<void> {
  const details = { wave: id, key, ...(members !== undefined && { members }) };
  return addAuditEntry(tx, { migration: undefined, action, ...actor, details });
}

/** Locks a wave until the transaction ends. Undefined if there is none, or with `skipLocked` if somebody else has locked it. */
export async function lockWave(tx: Transaction, id: string, skipLocked = false): Promise<Wave | undefined> {
  const { rows } = await tx.query<WaveRow>(
    `SELECT * FROM carryover.waves WHERE id = $1 FOR UPDATE${skipLocked ? ' SKIP LOCKED' : ''}`,
    [id],
  );
  return rows[0] && waveOf(rows[0]);
}

/** Changes the state of a locked wave. The stop rule no longer counts `accepted` failures. */
export async function setWaveState(
  tx: Transaction,
  { id }: Wave,
  state: WaveState,
  { by, accepted }: { readonly by?: string | undefined; readonly accepted?: Wave['accepted'] } = {},
): Promise<void> {
  await tx.run`
    UPDATE carryover.waves SET state = ${state}, state_by = ${by ?? null}, state_since = clock_timestamp(),
      accepted_failed = coalesce(${accepted?.failed ?? null}::int, accepted_failed),
      accepted_ended = coalesce(${accepted?.ended ?? null}::int, accepted_ended)
    WHERE id = ${id}::bigint`;
}

/** A person changes the state of a locked wave, which the audit records. */
export async function steerWave(
  tx: Transaction,
  wave: Wave,
  action: Extract<AuditedAction, `${string}-wave`>,
  state: WaveState,
  actor: AuditActor,
  accepted?: Wave['accepted'],
): Promise<void> {
  await setWaveState(tx, wave, state, { by: actor.actor, ...(accepted && { accepted }) });
  if (state === 'cancelled')
    await tx.run`
      UPDATE carryover.wave_members SET state = 'skipped', failure = NULL, tried_at = NULL, ended_at = clock_timestamp()
      WHERE wave_id = ${wave.id}::bigint AND state = 'waiting'`;
  await audit(tx, action, wave, actor);
}
