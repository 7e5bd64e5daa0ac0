import type { Logger } from 'pino';
import type { WorkflowControl } from '../gateways/temporal/workflow-control.js';

const AGAIN_MS = [1_000, 5_000, 30_000, 60_000];

/**
 * Sees to it that the daily report has its schedule, beside the worker's work: tries again while Temporal is away. Answers what ends
 * trying.
 */
export function keepReportSchedule(
  workflows: Pick<WorkflowControl, 'ensureReportSchedule'>,
  logger: Logger,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const attempt = async (tries: number): Promise<void> => {
    try {
      const found = await workflows.ensureReportSchedule();
      if (found === 'created') logger.info('the daily report has its schedule now');
    } catch (error) {
      logger.debug({ err: error }, 'the schedule of the daily report could not be made yet');
      if (stopped) return;
      const wait = AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)];
      timer = setTimeout(() => void attempt(tries + 1), wait);
      timer.unref();
    }
  };
  void attempt(0);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
