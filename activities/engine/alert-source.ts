import { type AlertCondition, alertOfEntry } from '../../domain/engine/alerts/alert.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import {
  type RefusedMessage,
  type ReportEntry,
  refusedEntry,
  SHARED_TITLES,
} from '../../domain/engine/failures/report.js';
import { refusedMessages } from '../../gateways/store/migrations/refused-messages.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';

/** What of one kind of migration needs a person now. */
export interface AlertSource {
  /** Sorts of things that come and go by themselves, such as a lag. They are resolved once they have been gone for a while. */
  readonly flickering: readonly string[];
  /** Finds all of it. Throws StoreUnavailable or TargetUnavailable: nothing is known then. */
  find(): Promise<readonly AlertCondition[]>;
}

/** The kind's messages that Temporal has refused, in the kind's words. */
export async function refusedAlerts(
  pool: Pool,
  kind: string,
  entryOf: (refused: RefusedMessage) => Omit<ReportEntry, 'message'>,
): Promise<AlertCondition[]> {
  const refused = await refusedMessages(pool);
  return refused
    .filter(({ migration }) => migration.kind === kind)
    .map((each) =>
      alertOfEntry(entryOf(each), {
        id: `${each.workflowId} ${each.signal}`,
        title: SHARED_TITLES['refused-messages'],
      }),
    );
}

/** For kinds whose messages have no command of their own that repeats them. */
export function refusedWords(refused: RefusedMessage): ReportEntry {
  const { kind, subject } = refused.migration;
  return {
    ...refusedEntry(refused, {}),
    next_step:
      'It will not be sent again. The command shows what the migration waits for; fix that, then ask for it again.',
    command: carryoverCommand('explain', subject, '--kind', kind),
  };
}
