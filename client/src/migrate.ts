import type { CallOptions, CarryoverClient, StatusAnswer } from './client.js';
import type { Pauses } from './pauses.js';
import { pause, persist, type Persisting } from './persist.js';
import { Progress } from './progress.js';
import { Restarts } from './restarts.js';
import type { AccountStatus, MigrationStatus } from './types.js';

export interface MigrateOptions extends CallOptions {
  /** Called with the first status, and with each one that differs from the last. What it throws ends `migrate`. */
  readonly onStatus?: ((status: MigrationStatus) => void) | undefined;
}

export interface Migrating extends Persisting {
  readonly client: Pick<CarryoverClient, 'getAccount' | 'checkStatus' | 'startMigration'>;
  readonly restartPauses: Pauses;
}

/**
 * Migrates an account, and returns its status when all messages are migrated.
 *
 * 1. Ask for the account; if it was not started, start it.
 * 2. Poll its status at the pace that the server names, and report each change.
 * 3. After a failure, start again: the pause doubles with each start, and begins anew when a brand or a channel gets further than it ever was.
 * 4. Repeat, with growing pauses, every call that got no answer or was told to come back later.
 *
 * All state is the server's: an app that was restarted calls this again. Two calls at once for one account do no harm. An account that an operator
 * cancels is `pending`; only the next call starts it again. Throws CarryoverError if a call is refused for good, and the signal's reason when aborted.
 */
export async function migrate(
  { client, restartPauses, ...persisting }: Migrating,
  accountId: string,
  { onStatus, signal }: MigrateOptions,
): Promise<MigrationStatus> {
  const persistently = <Result>(call: () => Promise<Result>) => persist(call, persisting, signal);
  const start = () => persistently(() => client.startMigration(accountId, { signal }));

  const { migration_status: first } = await persistently(() => client.getAccount(accountId, { signal }));
  if (first === 'none' || first === 'pending') await start();

  const progress = new Progress();
  const restarts = new Restarts(restartPauses, persisting.random);
  let previous: StatusAnswer | undefined;
  for (;;) {
    const answer: StatusAnswer = await persistently(() =>
      client.checkStatus(accountId, { signal, previous }),
    );
    const { status, changed, retryAfterSeconds } = answer;
    previous = answer;
    restarts.note(status.status, changed && progress.note(status));
    if (changed) onStatus?.(status);
    if (status.status === 'all-messages-migrated') return status;
    if (restarts.takeDue()) {
      await start();
      continue;
    }
    const pauseMs = Math.min(retryAfterSeconds * 1_000, restarts.leftMs);
    await pause(persisting.clock, pauseMs, signal);
    restarts.pass(pauseMs);
  }
}

/** Whether the account has its recent messages, so that people can work with it. */
export function isUsable(status: AccountStatus): boolean {
  return (
    status === 'recent-messages-migrated' ||
    status === 'remaining-messages-failure' ||
    status === 'all-messages-migrated'
  );
}
