/** The worker's own client of Temporal: ends workflows and maintains schedules. */

import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Clock } from '../../domain/engine/clock.js';
import { TASK_QUEUES } from '../../domain/engine/ids.js';
import { SEARCH_ATTRIBUTES, searchable } from '../../domain/engine/web-ui/labels.js';
import { systemClock } from '../clock.js';
import type { SignalledStart, WorkflowStart } from './kind.js';
import { type ClientOptions, lazyClient } from './lazy-client.js';
import { ensureReportSchedule } from './report-schedule.js';
import { startWorkflow } from './start-workflow.js';

export interface EndingTerms {
  /** How long a cancelled workflow may take before it is terminated; 0 terminates at once. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** Called while waiting. */
  beat(): void;
}

export interface WorkflowControl {
  /** Cancels workflows and waits until none is running. Missing ones count as ended. */
  end(workflowIds: readonly string[], terms: EndingTerms): Promise<void>;
  /** Ids of running workflows labelled with the account, as far as Temporal's visibility store knows them. */
  running(accountId: string): Promise<readonly string[]>;
  /** Starts these workflows, subject to the conflict policy of each. Throws while Temporal is unavailable. */
  start(starts: readonly (WorkflowStart | SignalledStart)[]): Promise<void>;
  /** Creates the schedule of the daily report unless it exists. */
  ensureReportSchedule(): Promise<'created' | 'there'>;
  /** Throws Unusable when the server does not answer in time or lacks what we need. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface WorkflowControlOptions extends ClientOptions {
  /** The task queue of workflows that it starts; default the queue of domain/engine/ids.ts. */
  readonly taskQueue?: string;
  readonly clock?: Clock;
}

const CALL_MS = 10_000;
const POLL_MS = 500;
/** Repeated for a run that begins while its predecessor is being cancelled (continue as new). */
const AGAIN_MS = 5_000;
const AT_ONCE = 20;

/** Connects on the first call. Throws when the environment configuration is invalid. */
export function openWorkflowControl(given: WorkflowControlOptions): WorkflowControl {
  const { connection, client, within, ping } = lazyClient(given);
  const { taskQueue = TASK_QUEUES.workflows, clock = systemClock } = given;
  return {
    async end(workflowIds, terms) {
      const open = [...workflowIds];
      const endSome = async (): Promise<void> => {
        for (let id = open.pop(); id !== undefined; id = open.pop()) await endOne(client, id, terms, clock);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, endSome));
    },
    async start(starts) {
      const open = [...starts];
      const startSome = async (): Promise<void> => {
        for (let next = open.shift(); next !== undefined; next = open.shift()) {
          await within(CALL_MS, () => startWorkflow(client, next, taskQueue));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, startSome));
    },
    async running(accountId) {
      // Temporal's query language cannot escape these.
      if (/['"\\]/.test(accountId)) return [];
      const query = `${SEARCH_ATTRIBUTES.subject.name} = '${searchable(accountId)}' AND ExecutionStatus = 'Running'`;
      const ids: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
      return ids;
    },
    ensureReportSchedule: () => ensureReportSchedule(client, given.taskQueue),
    ping,
    close: () => connection.close(),
  };
}

async function endOne(client: Client, workflowId: string, terms: EndingTerms, clock: Clock): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const patientUntil = clock.elapsed() + terms.patienceMs;
  let cancelAt = Number.NEGATIVE_INFINITY;
  while (await isRunning(client, workflowId)) {
    terms.signal.throwIfAborted();
    terms.beat();
    const now = clock.elapsed();
    if (now >= patientUntil) await unlessGone(handle.terminate('the account is reset'));
    else if (now >= cancelAt) {
      cancelAt = now + AGAIN_MS;
      await unlessGone(handle.cancel());
    }
    await clock.sleep(POLL_MS, { signal: terms.signal });
  }
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function unlessGone(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
