import type { Clock } from '../../domain/engine/clock.js';
import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import type { ApiClient } from '../engine/api-client.js';
import { openPorts } from '../conversations/progress/attention.js';
import type { ProgressDisplay } from '../conversations/progress/display.js';
import { follow } from '../engine/follow.js';
import { plural } from '../engine/words.js';

export interface Outcome {
  readonly view: MigrationView;
  readonly seconds: number;
  /** All messages are migrated, every phase is equal, and every port is complete. */
  readonly good: boolean;
}

interface Means {
  /** The start, in the clock's elapsed milliseconds. */
  readonly begun: number;
  readonly display: ProgressDisplay;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

const MILLISECONDS_A_SECOND = 1_000;

/**
 * Shows the migration of a sample account until nothing moves any more: everything is migrated, ported and fetched, or something has failed
 * that needs a person.
 */
export async function migrateSample(
  api: ApiClient,
  accountId: string,
  { begun, display, signal, clock }: Means,
): Promise<Outcome | undefined> {
  const path = `/v2/migrations/${encodeURIComponent(accountId)}`;
  let awaited = '';
  try {
    for await (const view of follow<MigrationView>(api, path, { signal, clock })) {
      display.update(view);
      if (!isSettled(view)) {
        const open = awaitedOf(view);
        if (open !== '' && open !== awaited)
          display.note(`All messages of ${accountId} are migrated; waiting for ${open}.`);
        awaited = open;
        continue;
      }
      return { view, seconds: (clock.elapsed() - begun) / MILLISECONDS_A_SECOND, good: isGood(view) };
    }
    return undefined;
  } finally {
    display.end();
  }
}

function isSettled(view: MigrationView): boolean {
  if (view.migration_status.endsWith('-failure')) return true;
  return view.migration_status === 'all-messages-migrated' && awaitedOf(view) === '';
}

/** What is still under way once all messages are migrated: ports and attachments. */
function awaitedOf(view: MigrationView): string {
  if (view.migration_status !== 'all-messages-migrated') return '';
  const open = openPorts(view).length;
  return [
    ...(open > 0 ? [`the carrier to port ${plural(open, 'number')}`] : []),
    ...(view.attachments.waiting > 0 ? ['attachments to be fetched'] : []),
  ].join(' and ');
}

function isGood(view: MigrationView): boolean {
  return (
    view.migration_status === 'all-messages-migrated' &&
    view.brands.every(({ phases }) =>
      phases.every(({ check }) => check !== null && check.source_digest === check.store_digest),
    ) &&
    view.ports.every(({ status }) => status === 'complete')
  );
}
