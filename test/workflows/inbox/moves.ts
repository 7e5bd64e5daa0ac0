import type { WorkflowHandle, WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import { randomBytes } from 'node:crypto';
import type { EngineActivities, LaneProgress } from '../../../activities/engine/types.js';
import { TASK_QUEUES } from '../../../domain/engine/ids.js';
import { labelsOf } from '../../../domain/engine/web-ui/labels.js';
import { SIGNALS } from '../../../domain/engine/messages.js';
import {
  INBOX,
  inboxWorkflowId,
  moveWorkflowId,
  PHASE,
  WORKFLOW_TYPES,
} from '../../../domain/inbox/names.js';
import type { VerificationActivities } from '../fakes.js';
import {
  type DevNamespace,
  type RunningWorkers,
  STEERING,
  devNamespace,
  runWorkers,
} from '../environment.js';

/** The moves of one inbox, as activities find them. */
export interface FakeMoves {
  /** Queued or running, by id. */
  readonly underWay: Set<string>;
  readonly log: string[];
  /** Before a move's slices are worked on. */
  before(id: string): Promise<void>;
}

export interface Moves {
  readonly server: DevNamespace;
  /** Starts the workflow as the API does, or tells the one that runs. */
  start(
    subject: string,
    given?: Partial<FakeMoves>,
  ): Promise<{ readonly fake: FakeMoves; readonly handle: WorkflowHandleWithSignaledRunId }>;
  move(subject: string, id: string): WorkflowHandle;
  replaceWorkers(): Promise<void>;
  close(): Promise<void>;
}

/** A Temporal server with workers whose activities are fakes. */
export async function inboxMoves(): Promise<Moves> {
  const fakes = new Map<string, FakeMoves>([
    ['verification', { underWay: new Set(), log: [], before: async () => undefined }],
  ]);
  const server = await devNamespace('inbox-workflow');
  const activities = fakeActivities((subject) => fakes.get(subject)!);
  let workers: RunningWorkers = await runWorkers(server, activities);
  return {
    server,
    async start(subject, given = {}) {
      const known = fakes.get(subject);
      const fake = known ?? { underWay: new Set(['12']), log: [], before: async () => undefined, ...given };
      fakes.set(subject, fake);
      const handle = await server.client.workflow.signalWithStart(WORKFLOW_TYPES.migration, {
        workflowId: inboxWorkflowId(subject),
        taskQueue: TASK_QUEUES.workflows,
        args: [{ subject }],
        signal: SIGNALS.start,
        signalArgs: [{ ...STEERING, afresh: true }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        typedSearchAttributes: labelsOf({ kind: INBOX, subject, phase: 'preparing' }),
      });
      return { fake, handle };
    },
    move: (subject, id) => server.client.workflow.getHandle(moveWorkflowId(subject, id)),
    async replaceWorkers() {
      await workers.stop();
      workers = await runWorkers(server, activities);
    },
    async close() {
      await workers.stop();
      await server.close();
    },
  };
}

export function newSubject(): string {
  return `1:${randomBytes(3).readUIntBE(0, 3) + 1}`;
}

const DONE: LaneProgress = {
  ...{ finished: true, halted: false, lanes: 1, awaited: false, tally: { read: 3 } },
  completed: { tally: { conversations: 2, messages: 6, contactInboxes: 2 } },
};

function fakeActivities(
  of: (subject: string) => FakeMoves,
): Partial<EngineActivities & VerificationActivities> {
  return {
    async prepareMigration({ subject }) {
      const { underWay, log } = of(subject);
      log.push('prepare');
      const units = [...underWay].map((unit) => ({ unit, name: 'Old number', phases: [PHASE] }));
      return { name: 'Old number', units, paused: false, awaited: false };
    },
    async copySlices({ subject, unit }) {
      const fake = of(subject);
      fake.log.push(`move ${unit}`);
      await fake.before(unit);
      fake.underWay.delete(unit);
      return DONE;
    },
    // Two rounds and an end: `openVerification` is asked before each.
    openVerification: async () => ({ running: true, repair: false, units: ['12'] }),
    verifyUnits: async () => {
      const log = of('verification').log;
      log.push('verify');
      return { finished: log.length > 1, halted: false, records: 7 };
    },
    finishTurns: async () => undefined,
    endVerification: async () => 'equal',
    async recordCancellation({ subject, by }) {
      of(subject).log.push(`cancelled by ${by}`);
    },
    async recordUnitFailure({ subject, unit }) {
      of(subject).underWay.delete(unit);
      of(subject).log.push(`failed ${unit}`);
    },
  };
}
