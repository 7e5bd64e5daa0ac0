/** Everything that operators see of one migration, as rows. Figures derived from them are computed elsewhere. */

import type pg from 'pg';
import { migrationOf } from '../../../../domain/conversations/migration.js';
import { NOT_STARTED, type SteeringState } from '../../../../domain/engine/steering.js';
import type { MigrationRef } from '../../../../domain/engine/migration-ref.js';
import type { RefusedMessage } from '../../../../domain/engine/failures/report.js';
import type { RetriedWork } from '../../../../domain/engine/failures/retries.js';
import { ATTACHMENT_STATES } from '../attachments/attachment-states.js';
import type { Store } from '../../sql/connect.js';
import { storeError } from '../../sql/errors.js';
import { STEERING_COLUMN, type SteeringColumn, steeringOf } from '../../migrations/migrations.js';
import { refusedMessages } from '../../migrations/refused-messages.js';
import { readRetries } from '../../migrations/retries.js';
import { type AccountVerifications, readAccountVerifications } from '../verify/verifications.js';
import { type FollowingFacts, readFollowingFacts } from '../streams/following-facts.js';
import { type PhaseFacts, readPhases } from './phase-facts.js';
import {
  type AccountMigration,
  type BrandMigration,
  type ChannelMigration,
  readAccountMigration,
  readBrandMigration,
  readChannelMigration,
} from './migration-columns.js';

export interface MigrationFacts {
  readonly accountId: string;
  readonly name: string;
  readonly migration: AccountMigration | undefined;
  /** The requested state. */
  readonly steering: SteeringState;
  /** When the statuses last changed; null before the first change. */
  readonly changedAt: Date | null;
  readonly brands: readonly BrandFacts[];
  readonly ports: readonly PortFacts[];
  readonly attachments: { readonly open: number; readonly failed: number };
  readonly failedAttachments: readonly AttachmentFacts[];
  readonly quarantined: {
    readonly threads: number;
    readonly messages: number;
    /** Included: records that somebody waived. */
    readonly waived: number;
  };
  readonly quarantinedRecords: readonly QuarantineFacts[];
  /** Undefined before the first verification. */
  readonly verifications: AccountVerifications | undefined;
  readonly following: FollowingFacts;
  readonly retrying: readonly RetriedWork[];
  /** Messages to the migration's workflows that are not delivered yet. */
  readonly messagesWaiting: number;
  readonly messagesRefused: readonly RefusedMessage[];
}

export interface BrandFacts {
  readonly brandId: string;
  readonly name: string;
  readonly migration: BrandMigration | undefined;
  readonly channels: readonly ChannelFacts[];
  readonly phases: readonly PhaseFacts[];
}

export interface ChannelFacts {
  readonly channelId: string;
  readonly type: string;
  readonly name: string | null;
  readonly phoneNumber: string | null;
  readonly migration: ChannelMigration | undefined;
}

export interface PortFacts {
  readonly channelId: string;
  readonly phoneNumber: string;
  readonly portOrderId: string | null;
  readonly status: string;
  readonly reason: string | null;
  /** When the carrier reported it, or when the port was created here: the first status of an order has no time of its own. */
  readonly since: Date;
}

export interface AttachmentFacts {
  readonly messageId: string;
  readonly attachmentId: string;
  readonly error: string;
  readonly since: Date;
  readonly tries: number;
}

export interface QuarantineFacts {
  readonly sourceTable: string;
  readonly sourceId: string | null;
  readonly reason: string;
  readonly at: Date;
}

/** The number of failed records shown of each kind. */
const SHOWN = 20;

/** Undefined for an unknown account. Throws StoreUnavailable. */
export async function readMigration(store: Store, accountId: string): Promise<MigrationFacts | undefined> {
  try {
    const account = await store.prisma.account.findUnique({
      where: { sourceId: accountId },
      include: {
        brands: { include: { channels: { orderBy: { id: 'asc' } } }, orderBy: { id: 'asc' } },
        portings: { include: { channel: { select: { sourceId: true } } }, orderBy: { id: 'asc' } },
      },
    });
    if (account === null) return undefined;
    const brandIds = account.brands.map((brand) => String(brand.id));
    const { pool } = store;
    const migration = migrationOf(accountId);
    const [
      phases,
      attachments,
      failedAttachments,
      quarantine,
      rest,
      verifications,
      following,
      retrying,
      messagesRefused,
    ] = await Promise.all([
      readPhases(pool, brandIds),
      readAttachments(pool, brandIds),
      readFailedAttachments(pool, brandIds),
      readQuarantine(pool, accountId),
      readRest(pool, migration),
      readAccountVerifications(
        pool,
        accountId,
        account.brands.map((brand) => brand.sourceId),
      ),
      readFollowingFacts(pool, accountId),
      readRetries(pool, migration),
      refusedMessages(pool, { migration }),
    ]);
    return {
      accountId,
      name: account.name,
      migration: readAccountMigration(account.migration),
      brands: account.brands.map((brand) => ({
        brandId: brand.sourceId,
        name: brand.name,
        migration: readBrandMigration(brand.migration),
        channels: brand.channels.map((channel) => ({
          channelId: channel.sourceId,
          type: channel.type,
          name: channel.name,
          phoneNumber: channel.phoneNumber,
          migration: readChannelMigration(channel.migration),
        })),
        phases: phases.get(String(brand.id)) ?? [],
      })),
      ports: account.portings.map(
        ({ channel, phoneNumber, portOrderId, status, reason, statusAt, createdAt }) => ({
          channelId: channel.sourceId,
          phoneNumber,
          portOrderId,
          status,
          reason,
          since: statusAt > createdAt ? statusAt : createdAt,
        }),
      ),
      attachments,
      failedAttachments,
      verifications,
      following,
      retrying,
      messagesRefused,
      ...quarantine,
      ...rest,
    };
  } catch (error) {
    throw storeError(error);
  }
}

/** Counts only attachments that are not stored, which an index covers; there may be millions of stored ones. */
async function readAttachments(pool: pg.Pool, brandIds: readonly string[]) {
  const { rows } = await pool.query<{ open: number; failed: number }>(
    `SELECT
       (SELECT count(*) FROM attachments WHERE brand_id = ANY ($1::bigint[]) AND ${ATTACHMENT_STATES.waiting})::float8 AS open,
       (SELECT count(*) FROM attachments WHERE brand_id = ANY ($1::bigint[]) AND ${ATTACHMENT_STATES.failed})::float8 AS failed`,
    [brandIds],
  );
  return { open: rows[0]?.open ?? 0, failed: rows[0]?.failed ?? 0 };
}

async function readFailedAttachments(pool: pg.Pool, brandIds: readonly string[]): Promise<AttachmentFacts[]> {
  const { rows } = await pool.query<AttachmentFacts>(
    `SELECT m.source_id AS "messageId", a.source_id AS "attachmentId", a.error ->> 'message' AS error, a.tries,
       coalesce((a.error ->> 'at')::timestamptz, a.tried_at, to_timestamp(0)) AS since
     FROM attachments a JOIN messages m ON m.id = a.message_id
     WHERE a.brand_id = ANY ($1::bigint[]) AND ${ATTACHMENT_STATES.failed}
     ORDER BY a.brand_id, a.id LIMIT ${SHOWN}`,
    [brandIds],
  );
  return rows.map((row) => ({ ...row, error: row.error ?? 'unknown' }));
}

async function readQuarantine(pool: pg.Pool, accountId: string) {
  const counts = await pool.query<{ source_table: string; all: number; waived: number }>(
    `SELECT source_table, count(DISTINCT identity)::float8 AS all,
       count(DISTINCT identity) FILTER (WHERE waived_at IS NOT NULL)::float8 AS waived FROM quarantined_records
     WHERE account_source_id = $1 GROUP BY source_table`,
    [accountId],
  );
  const { rows } = await pool.query<QuarantineFacts>(
    `SELECT source_table AS "sourceTable", source_id AS "sourceId", reason, quarantined_at AS at
     FROM quarantined_records WHERE account_source_id = $1 AND waived_at IS NULL ORDER BY id LIMIT ${SHOWN}`,
    [accountId],
  );
  const count = (table: string) => counts.rows.find((row) => row.source_table === table)?.all ?? 0;
  const waived = counts.rows.reduce((sum, row) => sum + row.waived, 0);
  return {
    quarantined: { threads: count('threads'), messages: count('messages'), waived },
    quarantinedRecords: rows,
  };
}

async function readRest(pool: pg.Pool, { kind, subject }: MigrationRef) {
  const { rows } = await pool.query<{ changed_at: Date | null; waiting: number; steering: SteeringColumn }>(
    `SELECT (SELECT changed_at FROM carryover.status_documents WHERE kind = $1 AND subject = $2) AS changed_at,
       (SELECT count(*)::float8 FROM carryover.workflow_messages
         WHERE kind = $1 AND subject = $2 AND delivered_at IS NULL AND refused_at IS NULL) AS waiting,
       (SELECT ${STEERING_COLUMN} FROM carryover.migrations m WHERE m.kind = $1 AND m.subject = $2) AS steering`,
    [kind, subject],
  );
  const [row] = rows;
  return {
    changedAt: row?.changed_at ?? null,
    messagesWaiting: row?.waiting ?? 0,
    steering: steeringOf(row?.steering ?? null) ?? NOT_STARTED,
  };
}
