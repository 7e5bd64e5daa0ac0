import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import type { AccountCertificate } from '../../domain/conversations/certificate.js';
import { accountCertificates } from '../../domain/conversations/certificate-figures.js';
import { FAILURE_KINDS } from '../../domain/conversations/failed-things.js';
import { REPORT_TITLES, type Report } from '../../domain/conversations/report.js';
import { reportMarkdown } from '../../domain/engine/failures/report.js';
import { slackMessage } from '../../domain/engine/failures/report-slack.js';
import { ACCOUNT_STATUSES } from '../../domain/conversations/statuses.js';
import type { CliKind, KindCalls, KindCertificates, KindVerification, Steering } from '../engine/kind.js';
import { wantsColour } from '../engine/terminal.js';
import { addConversations } from './commands.js';
import { certificateLines } from './certificate-lines.js';
import { endOf } from './end-of.js';
import { openDisplay } from './progress/display.js';
import { reportTable } from './report-table.js';
import { showMigration } from './status.js';
import { openVerifyProgress } from './verify-progress.js';
import { reportOf } from './verify-report.js';

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

const verification: KindVerification<MigrationView> = {
  openProgress(out) {
    const progress = openVerifyProgress(out);
    return {
      show: ({ verification: latest, paused }) => void (latest && progress.show(latest, paused)),
      end: () => progress.end(),
    };
  },
  ended({ account_id: accountId, verification: latest }) {
    if (latest === null || latest.state === 'running') return undefined;
    return {
      isEqual: latest.state === 'equal',
      result: latest,
      lines: (width) => reportOf(accountId, latest, width),
    };
  },
};

const certificates: KindCertificates<AccountCertificate['certificate']> = {
  form: accountCertificates,
  contents: certificateLines,
};

/** Migrations of accounts: a key is an account's id. */
export const conversationsKind: CliKind<MigrationView> = {
  name: 'conversations',
  subject: 'account',
  statuses: ACCOUNT_STATUSES,
  failureKinds: FAILURE_KINDS,
  calls: CALLS,
  steered: (action, status) => (status === 'all-messages-migrated' ? WHEN_DONE[action] : undefined),
  show: showMigration,
  openDisplay: ({ out, environment, clock }) =>
    openDisplay(out, { colour: wantsColour(out, environment), clock }),
  endOf,
  verification,
  certificates,
  report: {
    table: (found, width) => reportTable(found as Report, width),
    markdown: (found) => reportMarkdown(found as Report, REPORT_TITLES),
    slack: (found) => slackMessage(found as Report, REPORT_TITLES),
  },
  addCommands: addConversations,
};
