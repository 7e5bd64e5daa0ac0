import pLimit from 'p-limit';
import { type Clock, timestamp } from '../../../domain/engine/clock.js';
import type { SourceTables } from '../../../gateways/dynamodb/client.js';
import { requestAttachments } from '../../../gateways/store/conversations/attachments/brands-to-fetch.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import { nextQuarantined, placeOf } from '../../../gateways/store/conversations/quarantine/quarantine.js';
import { withHeartbeats } from '../../engine/heartbeats.js';
import { QuarantineRetry } from './quarantine-retry.js';
import type { CodeVersion } from '../../engine/certified-run.js';
import { checkAgain } from './check-again.js';
import type { OperationImports, QuarantineRetryInput } from './types.js';

export interface RetryQuarantinedDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly code: CodeVersion;
  readonly tables: SourceTables;
  readonly options?: { readonly durationMs?: number; readonly page?: number } | undefined;
}

const MINUTE = 60_000;
const PAGE = 100;
const AT_ONCE = 4;

/**
 * Reads quarantined records at the source again, threads first. A second call no longer finds the records that were taken. After the last page,
 * requests the fetch of attachments and repeats the checks.
 */
export function createRetryQuarantined({
  store,
  clock,
  code,
  tables,
  options = {},
}: RetryQuarantinedDependencies): OperationImports['retryQuarantined'] {
  const { pool } = store;
  return ({ accountId, records, after: from }: QuarantineRetryInput) =>
    withHeartbeats(clock, async ({ signal, beat, check }) => {
      const limit = options.page ?? PAGE;
      const until = clock.now() + (options.durationMs ?? MINUTE);
      const retry = new QuarantineRetry(pool, clock, tables, accountId, signal);
      let after = from;
      for (;;) {
        const page = await nextQuarantined(pool, accountId, { records, after, limit });
        for (const table of ['threads', 'messages'] as const) {
          const turns = pLimit(AT_ONCE);
          const rows = page.filter((row) => row.sourceTable === table);
          await Promise.all(rows.map((row) => turns(() => retry.take(row))));
        }
        beat();
        const last = page.at(-1);
        if (last === undefined || page.length < limit) {
          await transaction(store.control, 'have-attachments-fetched', (tx) =>
            requestAttachments(tx, accountId, timestamp(clock)),
          );
          await checkAgain({ store, code }, accountId, check);
          return retry.counts;
        }
        after = placeOf(last);
        if (clock.now() >= until || signal.aborted) return { ...retry.counts, after };
      }
    });
}
