import type { Logger } from 'pino';
import type { Clock, Stop } from '../domain/engine/clock.js';
import type { WorkflowControl } from '../gateways/temporal/workflow-control.js';

const AGAIN_MS = [1_000, 5_000, 30_000, 60_000];

/**
 * Sees to it that the daily report has its schedule, beside the worker's work: tries again while Temporal is away. Answers what ends
 * trying.
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
      if (found === 'created') logger.info('the daily report has its schedule now');
    } catch (error) {
      logger.debug({ err: error }, 'the schedule of the daily report could not be made yet');
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
