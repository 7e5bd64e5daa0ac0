import type { Clock } from '../../domain/engine/clock.js';
import { CONVERSATIONS, migrationOf } from '../../domain/conversations/migration.js';
import { FAILURE_KINDS, type FailureKind, failureEntry } from '../../domain/conversations/failed-things.js';
import type { FailureEntry } from '../../domain/engine/failures/failed-things.js';
import { ACCOUNT_STATUSES, type AccountStatus } from '../../domain/conversations/statuses.js';
import { isFailureId, listFailures } from '../../gateways/store/conversations/status/failures/list.js';
import { readAccountTimeline } from '../../gateways/store/conversations/status/timeline.js';
import { MESSAGES } from '../../gateways/store/conversations/import/phases.js';
import { readReport } from '../../gateways/store/conversations/status/report.js';
import { readCertificate } from '../../gateways/store/proof/certificate-reads.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import type { BoundedConversations } from './operations/bounded-conversations.js';
import { explainedAccounts } from './operations/explain.js';
import type { ApiKind, KindReport, Standing, TimelineEvent } from '../engine/kind.js';
import { assertKnownAccount } from './operations/known-account.js';
import { listWithProgress } from './operations/list.js';
import type { Links } from './operations/migration-view.js';
import { migrationReader } from './operations/read-migration.js';
import { unitsIn } from './operations/units.js';
import { Certificate } from './schemas/certificates.js';
import { MigrationView } from './schemas/migrations.js';
import { startedAccounts } from './starting.js';
import { steeredAccounts } from './steered.js';

export interface ConversationsWorld {
  readonly store: Store;
  readonly clock: Clock;
  readonly conversations: BoundedConversations;
  readonly links: Links;
  /** Whether accounts may be reset. */
  readonly resetAllowed?: boolean;
}

/** The kind `conversations`: a key is an account's id, and a unit is a brand. */
export function conversationsKind(world: ConversationsWorld): ApiKind {
  const { store, clock, links, resetAllowed } = world;
  const read = migrationReader({ store, clock }, links);
  return {
    name: CONVERSATIONS,
    title: 'Conversations',
    subject: 'account',
    units: 'brands',
    phases: ['recent', 'remaining'],
    statuses: ACCOUNT_STATUSES,
    view: MigrationView,
    standing: (status) => STANDINGS[status as AccountStatus],
    countedStage: MESSAGES,
    furtherSteerings: resetAllowed === true ? ['finish', 'reset'] : ['finish'],
    read,
    list: (filter) => listWithProgress(store, filter),
    assertKnown: (key) => assertKnownAccount(store, key),
    steered: steeredAccounts(clock),
    failures: {
      kinds: FAILURE_KINDS,
      isPosition: ({ kind, id }) => isFailureId(kind as FailureKind, id),
      async list({ kind, key, after, limit }) {
        const found = await listFailures(store.pool, {
          kind: kind as FailureKind | undefined,
          accountId: key,
          after: after && { ...after, kind: after.kind as FailureKind },
          limit,
        });
        return found.map((thing) => listed(failureEntry(thing)));
      },
    },
    report: (since) => kindReport({ store, clock }, since),
    certificates: {
      file: Certificate,
      read: (key, sha256) => readCertificate(store.pool, migrationOf(key), sha256),
    },
    hasPreflight: true,
    starting: startedAccounts(world),
    explained: explainedAccounts(store),
    readUnits: async (key) => unitsIn(await read(key)),
    readTimeline: async (key, filter) =>
      (await readAccountTimeline(store.pool, key, filter)) as readonly TimelineEvent[],
  };
}

const STANDINGS: Readonly<Record<AccountStatus, Standing>> = {
  none: 'waiting',
  pending: 'waiting',
  migrating: 'running',
  'recent-messages-migrated': 'running',
  'brand-failure': 'failed',
  'recent-messages-failure': 'failed',
  'remaining-messages-failure': 'failed',
  'all-messages-migrated': 'done',
};

async function kindReport(
  { store, clock }: Pick<ConversationsWorld, 'store' | 'clock'>,
  since: Date | undefined,
): Promise<KindReport> {
  const { entries, ...found } = await readReport(store.pool, { since, clock });
  return { ...found, entries: entries.map((entry) => listed(entry)) };
}

function listed<Entry extends Pick<FailureEntry, 'account_id' | 'brand_id'>>({
  account_id: key,
  brand_id: unit,
  ...entry
}: Entry) {
  return { key, unit, ...entry };
}
