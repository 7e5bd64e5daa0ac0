import type { Logger } from 'pino';
import type { Clock, Stop } from '../domain/engine/clock.js';
import type { WorkflowControl } from '../gateways/temporal/workflow-control.js';

const AGAIN_MS = [1_000, 5_000, 30_000, 60_000];

/**
 * Creates the schedule of the daily report in the background, and retries while Temporal is unreachable. If it exists, nothing changes.
 * Returns a function that stops retrying.
 */
export function keepReportSchedule(
  workflows: Pick<WorkflowControl, 'ensureReportSchedule'>,
  logger: Logger,
  clock: Clock,
): Stop {
  let stopTimer: Stop | undefined;
  let stopped = false;
  const attempt = async (tries: number): Promise<void> => {
    try {
      const found = await workflows.ensureReportSchedule();
      if (found === 'created') logger.info('created the schedule of the daily report');
    } catch (error) {
      logger.debug({ err: error }, 'the schedule of the daily report could not be created yet; retrying');
      if (stopped) return;
      const wait = AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)] ?? 0;
      stopTimer = clock.after(wait, () => void attempt(tries + 1), { ref: false });
    }
  };
  void attempt(0);
  return () => {
    stopped = true;
    stopTimer?.();
  };
}
