import type { Logger } from 'pino';
import type { FollowLimits } from '../../domain/conversations/following/finishing.js';
import type { Clock, Stop } from '../../domain/engine/clock.js';
import { finishFollowing } from '../../gateways/store/conversations/finishing/finish.js';
import { isPollingLate } from '../../gateways/store/conversations/polling/polled-brands.js';
import { repairGaps } from '../../gateways/store/conversations/streams/gap-repairs.js';
import { readTables } from '../../gateways/store/conversations/streams/join.js';
import type { Pool } from '../../gateways/store/sql/transaction.js';
import { followStart } from '../../gateways/temporal/conversations/follow.js';
import type { WorkflowControl } from '../../gateways/temporal/workflow-control.js';

const EVERY_MS = 600_000;
const ACCOUNTS_EVERY_MS = 60_000;

export interface KeepFollowers {
  readonly pool: Pool;
  readonly workflows: Pick<WorkflowControl, 'start'>;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly clock: Clock;
}

/**
 * Keeps following going, at once and at intervals. Returns a function that stops it.
 *
 * - Starts the workflow that follows a table again if it was ended by hand, or lost with Temporal's data, while an account needs it and nobody holds the
 *   table; and the one that polls, while brands are due and nobody polls.
 * - Asks for a repair of accounts that have missed changes.
 * - Has following end that is to end.
 */
export function keepFollowers({ pool, workflows, logger, clock }: KeepFollowers, limits: FollowLimits): Stop {
  const start = async (): Promise<void> => {
    try {
      const tables = [...(await readTables(pool))].filter(([, { isHeld }]) => !isHeld);
      const polling = (await isPollingLate(pool, new Date(clock.now()))) ? (['polling'] as const) : [];
      await workflows.start([...tables.map(([table]) => table), ...polling].map((lane) => followStart(lane)));
    } catch (error) {
      logger.debug({ err: error }, 'the workflows that follow the source could not be started yet');
    }
  };
  const repair = async (): Promise<void> => {
    const accounts = await repairGaps(pool, new Date(clock.now()));
    if (accounts.length > 0) logger.warn({ accounts }, 'changes of accounts were missed; they are repaired');
  };
  const finish = async (): Promise<void> => {
    const { asked, ended } = await finishFollowing(pool, limits, new Date(clock.now()));
    if (asked.length > 0) logger.info({ accounts: asked }, 'the last pass of following was requested');
    if (ended.length > 0) logger.info({ accounts: ended }, 'following has ended');
  };
  const look = async (): Promise<void> => {
    for (const each of [repair, finish])
      await each().catch((error: unknown) =>
        logger.debug({ err: error }, 'followed accounts could not be checked yet'),
      );
  };
  void start();
  void look();
  const stops = [
    clock.every(EVERY_MS, () => void start(), { ref: false }),
    clock.every(ACCOUNTS_EVERY_MS, () => void look(), { ref: false }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
