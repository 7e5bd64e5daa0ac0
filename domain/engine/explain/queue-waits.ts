/** Tasks that no worker has taken yet. */

import type { ExplainedMigration, QueueFact } from './facts.js';
import { at, counted, msBetween, since } from './moments.js';
import type { Wait } from './waits.js';

/** An idle worker asks at least once a minute. */
const POLLS_WITHIN_MS = 75_000;

interface WaitingTask {
  readonly queue: string;
  readonly type: QueueFact['type'];
  readonly unit: string | null;
  /** The waiting task, with its unit. */
  readonly what: string;
  readonly since: string | null;
  readonly left: number;
}

/**
 * Whether any worker would take the task. A worker whose slots are all taken does not poll either, so a queue that was not asked for a while has no
 * worker only if no other migration is being worked on.
 */
export function queueWait(task: WaitingTask, migration: ExplainedMigration): Wait {
  const { temporal, now } = migration;
  const queue = temporal.answers
    ? temporal.queues.find((each) => each.queue === task.queue && each.type === task.type)
    : undefined;
  const ahead = temporal.answers ? temporal.ahead : [];
  const polledAt = queue?.polledAt ?? null;
  const isPolled = polledAt !== null && msBetween(polledAt, now) < POLLS_WITHIN_MS;
  const details = {
    queue: task.queue,
    backlog: queue?.backlog ?? null,
    workers: queue?.workers ?? null,
    polled_at: polledAt,
    ahead: ahead.length === 0 ? null : ahead.join(', '),
    expected_seconds: expectedSeconds(queue),
  };
  const common = { unit: task.unit, since: task.since, left: task.left, details };
  if (queue !== undefined && !isPolled && (polledAt === null || ahead.length === 0))
    return {
      ...common,
      reason: 'no-worker',
      clause: `no worker polls the queue ${task.queue}${polledAt === null ? '' : ` (the last one did at ${at(polledAt)})`}: ${task.what} has waited${since(task.since)}`,
      nextStep: `Start a worker that serves the queue ${task.queue} (npm run worker), and check that it reaches Temporal.`,
    };
  return {
    ...common,
    reason: 'free-slot',
    clause: `${task.what} has waited for a free worker on the queue ${task.queue}${since(task.since)}${crowd(queue, ahead)}`,
    nextStep: 'Wait, or start more workers.',
  };
}

function crowd(queue: QueueFact | undefined, ahead: readonly string[]): string {
  const parts: string[] = [];
  if (queue !== undefined && queue.backlog > 1)
    parts.push(`about ${counted(queue.backlog, 'task')} wait there`);
  if (ahead.length > 0) parts.push(`workers are busy with ${ahead.join(', ')}`);
  const seconds = expectedSeconds(queue);
  if (seconds !== null) parts.push(`at the present rate it takes about ${counted(seconds, 'second')}`);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

/** The time until all tasks that wait now are handed out; null while none is. */
function expectedSeconds(queue: QueueFact | undefined): number | null {
  if (queue === undefined || queue.dispatchRate <= 0 || queue.backlog === 0) return null;
  return Math.ceil(queue.backlog / queue.dispatchRate);
}
