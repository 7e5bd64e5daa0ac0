import type { MigrationView } from '../../api/schemas/migrations.js';
import { ApiClient } from '../commands/api-client.js';
import { openPorts } from '../progress/attention.js';
import type { ProgressDisplay } from '../progress/display.js';
import { follow } from '../progress/follow.js';

export interface Outcome {
  readonly view: MigrationView;
  readonly seconds: number;
  /** All messages are here, every phase was found equal, every port is done. */
  readonly good: boolean;
}

const MILLISECONDS_A_SECOND = 1_000;

/**
 * Starts the sample account's migration, or finds it under way or done, and shows how it goes until nothing moves any
 * more: all is migrated, ported and fetched, or something has failed that only a person can mend.
 */
export async function migrateSample(
  url: string,
  token: string,
  accountId: string,
  display: ProgressDisplay,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const api = new ApiClient({ url, token, signal });
  const begun = performance.now();
  await api.post('/v2/start-migration', { account_id: accountId });
  try {
    for await (const view of follow(api, accountId, { signal })) {
      display.update(view);
      if (!isSettled(view)) continue;
      return { view, seconds: (performance.now() - begun) / MILLISECONDS_A_SECOND, good: isGood(view) };
    }
    return undefined;
  } finally {
    display.end();
  }
}

function isSettled(view: MigrationView): boolean {
  if (view.migration_status.endsWith('-failure')) return true;
  const portsEnded = openPorts(view).length === 0;
  return view.migration_status === 'all-messages-migrated' && portsEnded && view.attachments.waiting === 0;
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
