import { type AlertCondition, alertOfEntry, WAVES } from '../../domain/engine/alerts/alert.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import {
  type RefusedMessage,
  type ReportEntry,
  refusedEntry,
  SHARED_TITLES,
} from '../../domain/engine/failures/report.js';
import { endedOf, failedOf } from '../../domain/engine/waves/rules.js';
import { refusedMessages } from '../../gateways/store/migrations/refused-messages.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { stoppedWaves } from '../../gateways/store/waves/read.js';

/** Finds everything of one kind of migration that needs a person now. */
export interface AlertSource {
  /** Sorts of intermittent problems, such as a lag. They are resolved once they have been gone for a while. */
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

/** The kind's waves that have stopped. One that is resumed and stops again raises a new alert. */
export async function waveAlerts(pool: Pool, kind: string): Promise<AlertCondition[]> {
  return (await stoppedWaves(pool, kind)).map(({ wave, counts }) => {
    const since = wave.stateSince.toISOString();
    const failed = failedOf(counts);
    return alertOfEntry(
      {
        kind: WAVES,
        account_id: '',
        brand_id: '',
        // An operator may have put anything into the wave's name.
        what: `wave ${wave.id} has stopped: ${failed} of ${endedOf(counts)} have failed`,
        ...{ since, times: 1, count: failed },
        next_step:
          'It starts nothing more. The command shows the failures; then resume the wave, or cancel it.',
        command: carryoverCommand('wave', 'show', wave.id),
      },
      { id: `${wave.id} ${since}`, title: 'Waves that have stopped' },
    );
  });
}

/** For kinds without a command that repeats such messages. */
export function refusedWords(refused: RefusedMessage): ReportEntry {
  const { kind, subject } = refused.migration;
  return {
    ...refusedEntry(refused, {}),
    next_step:
      'It will not be sent again. The command shows what the migration waits for; fix that, then ask for it again.',
    command: carryoverCommand('explain', subject, '--kind', kind),
  };
}
