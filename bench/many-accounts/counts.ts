import { Client, Connection } from '@temporalio/client';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { brandWorkflowId, migrationWorkflowId } from '../../domain/conversations/ids.js';
import { actionsOf, sumOf } from '../frame/actions.js';
import type { Actions } from '../frame/actions.js';
import type { BenchDatabase } from '../world/database.js';
import { accountOf, brandOf } from '../world/source.js';
import type { Shape } from '../world/source.js';

export interface TemporalCounts {
  readonly actions: number;
  readonly activities: number;
  readonly events: number;
}

/** What one account costs in Temporal: the runs of its migration and its brand. */
export async function temporalCounts(env: StackEnvironment, shape: Shape): Promise<TemporalCounts> {
  const connection = await Connection.connect({ address: env.TEMPORAL_ADDRESS });
  const { workflow } = new Client({ connection, namespace: env.TEMPORAL_NAMESPACE });
  const runs = [
    workflow.getHandle(migrationWorkflowId(accountOf(shape))),
    workflow.getHandle(brandWorkflowId(accountOf(shape), brandOf(shape))),
  ];
  const actions: readonly Actions[] = await Promise.all(runs.map((run) => actionsOf(run)));
  const lengths = await Promise.all(runs.map(async (run) => (await run.describe()).historyLength));
  await connection.close();
  return {
    actions: sumOf(actions),
    activities: actions.reduce((sum, { activity = 0 }) => sum + activity, 0),
    events: lengths.reduce((sum, length) => sum + length, 0),
  };
}

/** The number of transactions that the database has committed; those of the last second may be missing. */
export async function commitsOf({ pool }: BenchDatabase): Promise<number> {
  const { rows } = await pool.query<{ commits: string }>(
    'SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(rows[0]?.commits);
}
