import { Type } from 'typebox';
import { type Clock, timestamp } from '../../domain/engine/clock.js';
import { FAILURES } from '../../domain/engine/failures/failures.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { VERIFICATION_STATES } from '../../domain/engine/verification.js';
import { InboxCertificate } from '../../domain/inbox/certificate.js';
import { FAILED, nextStep, undoCommand } from '../../domain/inbox/failures.js';
import {
  INBOX,
  inboxWorkflowId,
  PHASE,
  readSubject,
  verificationWorkflowId,
} from '../../domain/inbox/names.js';
import {
  isUnderWay,
  MIGRATION_STATUSES,
  type MigrationStatus,
  migrationView,
} from '../../domain/inbox/view.js';
import { WORDS } from '../../domain/inbox/words.js';
import type { Chatwoot } from '../../gateways/chatwoot/connect.js';
import {
  type FailedMigration,
  failedMigrations,
  latestMigrations,
  listMigrations,
} from '../../gateways/chatwoot/migration-reads.js';
import { listMigrations as listStored } from '../../gateways/store/migrations/migrations-list.js';
import { INBOX_ROWS } from '../../gateways/store/inbox/rows.js';
import { readCertificate } from '../../gateways/store/proof/certificate-reads.js';
import { readVerifications } from '../../gateways/store/proof/verification-reads.js';
import { endVerification } from '../../gateways/store/proof/verifications.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { Problem } from '../http/problems.js';
import { Named, oneOf } from '../schemas/common.js';
import type { ApiKind, ListedFailure } from '../engine/kind.js';
import type { KindOff } from '../engine/known-kinds.js';
import type { SteeredVerification } from '../engine/steered-kind.js';
import { undoMove } from './operations/undo.js';

export interface InboxWorld {
  readonly store: Store;
  readonly clock: Clock;
  /** Chatwoot's database; undefined if the kind is off. */
  readonly chatwoot?: Pick<Chatwoot, 'ready'> | undefined;
}

const InboxVerification = Named('InboxVerification', {
  state: oneOf(VERIFICATION_STATES),
  asked_by: Type.String(),
  asked_at: Type.String(),
  ended_at: Type.Union([Type.String(), Type.Null()]),
  conversations: Type.Integer({ minimum: 0, description: 'Checked so far.' }),
  broken: Type.Array(
    Named('InboxBroken', {
      what: Type.String({
        description:
          '`threads`: conversations; `messages`; `sums`: rows that a move has written and its journal does not explain.',
      }),
      count: Type.Integer(),
      conversations: Type.Array(Type.String(), { description: 'The first ten.' }),
      rules: Type.Array(Type.String()),
    }),
  ),
});

const InboxKindMigration = Named('InboxKindMigration', {
  account_id: Type.Integer(),
  source_inbox_id: Type.Integer(),
  status: oneOf(MIGRATION_STATUSES),
  verification: Type.Union([InboxVerification, Type.Null()], { description: 'The latest.' }),
  migrations: Type.Array(Type.Object({}, { description: 'As in `GET …/inboxes/{inbox_id}/migrations`.' }), {
    description: 'The latest twenty out of this inbox, newest first.',
  }),
});

/** The kind `inbox`: a key is an account's inbox that is emptied, `{account_id}:{inbox_id}`, and a unit is one of its migrations. */
export function inboxKind({ store, clock, chatwoot }: InboxWorld): ApiKind | KindOff {
  if (chatwoot === undefined) return { off: 'CHATWOOT_DATABASE_URL is not set.' };
  const rowsOf = async (key: string) => {
    const { accountId, source } = known(key);
    const rows = await listMigrations(await chatwoot.ready(), accountId, source, 1);
    if (rows[0] === undefined) throw unknownInbox();
    return { accountId, source, latest: rows[0], rows };
  };
  const assertKnown = async (key: string) => void (await rowsOf(key));
  return {
    name: INBOX,
    title: 'Inboxes',
    subject: WORDS.subject,
    units: WORDS.units,
    phases: [PHASE],
    statuses: MIGRATION_STATUSES,
    standing: (status) => STANDINGS[status as MigrationStatus],
    view: InboxKindMigration,
    async read(key) {
      const { accountId, source, latest, rows } = await rowsOf(key);
      return {
        account_id: Number(accountId),
        source_inbox_id: Number(source),
        status: latest.status,
        verification: await latestVerification(store, key),
        migrations: rows.map(migrationView),
      };
    },
    async list(filter) {
      const listed = await listStored(store.pool, INBOX, filter);
      const keys = listed.map(({ key }) => key);
      // The list is of the store, and needs Chatwoot's database for nothing but the counts.
      const found = await chatwoot
        .ready()
        .then((pool) => latestMigrations(pool, keys))
        .catch(() => []);
      const counts = new Map(found.map((each) => [each.subject, each]));
      return listed.map(({ key, name, status, steering, changedAt }) => ({
        ...{ key, name, status, changedAt },
        phase: PHASE,
        progress: { done: counts.get(key)?.done ?? 0, planned: counts.get(key)?.planned ?? 0 },
        paused: steering.paused ?? null,
        needsAttention: status === 'failed',
      }));
    },
    assertKnown,
    steered: {
      migrations: INBOX_ROWS,
      workflowId: inboxWorkflowId,
      isDone: (status) => !isUnderWay(status as MigrationStatus),
      unknown: unknownInbox,
      verification: VERIFICATION,
      undo: (tx, key, asker) => undoMove(chatwoot, tx, known(key), asker),
    },
    certificates: {
      file: { ...InboxCertificate, title: 'InboxCertificate' },
      read: (key, sha256) => readCertificate(store.pool, { kind: INBOX, subject: key }, sha256),
    },
    failures: {
      kinds: [FAILED],
      isPosition: ({ id }) => /^[0-9]{1,18}$/.test(id),
      list: async ({ key, after, limit }) =>
        (await failedMigrations(await chatwoot.ready(), { subject: key, after: after?.id, limit })).map(
          listed,
        ),
    },
    explained: {
      words: {
        ...WORDS,
        records: 'batches',
        source: "Chatwoot's database",
        others: "Chatwoot's agents",
        doing: () => 'moving conversations',
        command: (...words) => carryoverCommand(...words, '--kind', INBOX),
      },
      async read(key, status) {
        const failures = await failedMigrations(await chatwoot.ready(), {
          subject: known(key).subject,
          limit: 1,
        });
        return {
          outcome: isUnderWay(status as MigrationStatus) ? 'open' : status === 'none' ? 'none' : 'done',
          failures: failures.map(({ id, message, since }) => ({
            ...{ unit: id, type: 'CheckUnequal', message, since },
            nextStep: nextStep(id),
          })),
          waits: [],
        };
      },
    },
    async report(since) {
      const failures = await failedMigrations(await chatwoot.ready(), { since, limit: 20 });
      return {
        at: timestamp(clock),
        since: since?.toISOString() ?? null,
        counts: { [FAILED]: failures[0]?.all ?? 0 },
        waived: 0,
        entries: failures.map((failure) => {
          const { id: _id, ...entry } = listed(failure);
          return { ...entry, count: 1 };
        }),
      };
    },
  };
}

const VERIFICATION: SteeredVerification = {
  workflowId: verificationWorkflowId,
  refusal: (status) =>
    isUnderWay(status as MigrationStatus)
      ? 'Conversations are still being moved. Verify after that.'
      : undefined,
  end: endVerification,
};

async function latestVerification(store: Store, key: string) {
  const found = await readVerifications(store.pool, { kind: INBOX, subject: key }, () => 0);
  if (found === undefined) return null;
  const { state, askedBy, askedAt, endedAt, turns } = found.latest;
  return {
    state,
    asked_by: askedBy,
    asked_at: askedAt.toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
    conversations: turns.reduce(
      (sum, { progress, compared }) =>
        sum +
        (progress?.read ?? (compared as { readonly conversations?: number } | null)?.conversations ?? 0),
      0,
    ),
    broken: turns.flatMap(({ differences }) =>
      differences.map(({ table, count, samples }) => ({
        what: table,
        count,
        conversations: samples.flatMap(({ id }) => id ?? []),
        rules: [...new Set(samples.flatMap(({ fields }) => fields))],
      })),
    ),
  };
}

const STANDINGS = {
  queued: 'waiting',
  running: 'running',
  completed: 'done',
  failed: 'failed',
  cancelled: 'done',
} as const satisfies Record<MigrationStatus, string>;

function known(key: string): {
  readonly accountId: string;
  readonly source: string;
  readonly subject: string;
} {
  const found = readSubject(key);
  if (found === undefined) throw unknownInbox();
  return { ...found, subject: key };
}

function unknownInbox(): Problem {
  return new Problem('not-found', 'There is no migration out of such an inbox. A key is ACCOUNT:INBOX.');
}

function listed({ id, subject, message, since }: FailedMigration): ListedFailure {
  return {
    id,
    kind: FAILED,
    key: subject,
    unit: id,
    what: `migration ${id}`,
    since,
    times: 1,
    message: message === '' ? FAILURES.Unexpected.nextStep : message,
    next_step: nextStep(id),
    command: undoCommand(subject),
  };
}
