import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import { FAILURE_KINDS } from '../../domain/conversations/failed-things.js';
import { ACCOUNT_STATUSES } from '../../domain/conversations/statuses.js';
import type { CliKind, KindCalls, Steering } from '../engine/kind.js';
import { addConversations } from './commands.js';

/** The calls for accounts, whose fields are `account_id` and `migration_status`. */
const CALLS: KindCalls = {
  migrations: '/v2/migrations',
  failures: (key) => ({ path: '/v2/failures', query: { account_id: key } }),
  audit: (key) => ({ path: '/v2/audit', query: { account_id: key } }),
  report: '/v2/report',
  fields: { key: 'account_id', status: 'migration_status' },
  steerings: ['pause', 'resume', 'cancel', 'retry'],
};

/** The outcome once all messages are migrated: steering then affects a verification, and ports that may still be open. */
const WHEN_DONE: Readonly<Partial<Record<Steering, string>>> = {
  pause: 'is done; a running verification is paused',
  resume: 'is done; a paused verification continues',
  cancel: 'is done; a running verification is cancelled',
  retry: 'is done; ports that had failed are ordered again',
};

/** Migrations of accounts: a key is an account's id. */
export const conversationsKind: CliKind<MigrationView> = {
  name: 'conversations',
  subject: 'account',
  statuses: ACCOUNT_STATUSES,
  failureKinds: FAILURE_KINDS,
  calls: CALLS,
  steered: (action, status) => (status === 'all-messages-migrated' ? WHEN_DONE[action] : undefined),
  show: async (view, terminal) => (await import('./status.js')).showMigration(view, terminal),
  watching: async () => (await import('./watching.js')).accountWatching,
  verification: async () => (await import('./verification.js')).accountVerification,
  certificates: async () => (await import('./certificates.js')).accountCertificates,
  report: async () => (await import('./report.js')).accountReport,
  addCommands: addConversations,
};
