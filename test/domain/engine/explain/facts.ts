import type {
  ActivityFact,
  ExplainedMigration,
  LeaseFact,
  PhaseFact,
  RetryFact,
  StoreFacts,
  TemporalFacts,
  WorkflowFact,
} from '../../../../domain/engine/explain/facts.js';
import { carryoverCommand } from '../../../../domain/engine/failures/commands.js';
import { NOT_STARTED } from '../../../../domain/engine/steering.js';

/** Seconds before or after 12:00. */
export const at = (seconds: number): string =>
  new Date(Date.parse('2026-03-01T12:00:00.000Z') + seconds * 1_000).toISOString();
export const NOW = at(0);

type Known = Extract<TemporalFacts, { answers: true }>;

export interface Changes {
  readonly store?: Partial<StoreFacts>;
  readonly own?: Partial<ExplainedMigration['own']>;
  readonly temporal?: Partial<Known>;
  readonly rate?: number;
}

/** A migration that was started and of which nothing else is known, but that its workflow runs. */
export function migration({ store, own, temporal, rate }: Changes = {}): ExplainedMigration {
  return {
    kind: 'parcels',
    key: 'p_1',
    now: NOW,
    words: {
      subject: 'depot',
      unit: 'shelf',
      units: 'shelves',
      records: 'parcels',
      source: 'the warehouse',
      others: 'the shop',
      doing: ({ activity, phase }) =>
        `${activity === 'copySlices' ? 'carrying' : activity} ${phase ?? 'parcels'}`,
      command: (...words) => carryoverCommand(...words, '--kind', 'parcels'),
    },
    store: {
      status: 'migrating',
      changedAt: at(-600),
      steering: { ...NOT_STARTED, started: true },
      undelivered: [],
      refused: null,
      retries: [],
      verifying: false,
      phases: [],
      ...store,
    },
    own: { outcome: 'open', failures: [], waits: [], ...own },
    temporal: { answers: true, workflow: workflow(), units: [], queues: [], ahead: [], ...temporal },
    rate: rate ?? null,
  };
}

export function workflow(changes: Partial<WorkflowFact> = {}): WorkflowFact {
  return {
    id: 'parcels:p_1',
    runId: 'run-1',
    status: 'running',
    closedAt: null,
    queue: 'workflows',
    untakenSince: null,
    activities: [],
    ...changes,
  };
}

export const unitWorkflow = (unit: string, changes: Partial<WorkflowFact> = {}) => ({
  ...workflow({ id: `parcels:p_1/${unit}`, runId: `run-${unit}`, ...changes }),
  unit,
});

export function activity(changes: Partial<ActivityFact> = {}): ActivityFact {
  return {
    activity: 'copySlices',
    state: 'running',
    queue: 'imports',
    attempt: 1,
    since: at(-90),
    nextTryAt: null,
    heartbeatAt: null,
    failureType: null,
    worker: 'worker@there',
    ...changes,
  };
}

export function phase(unit: string, changes: Partial<PhaseFact> = {}): PhaseFact {
  return {
    unit,
    pass: 'copy',
    phase: 'new',
    plannedAt: at(-300),
    read: 100,
    left: 900,
    open: 3,
    lastBatchAt: at(-1),
    leases: [lease(`run-${unit}`)],
    heldBack: null,
    throttled: null,
    ...changes,
  };
}

export const lease = (runId: string, renewedAt = at(-5)): LeaseFact => ({
  runId,
  slices: 2,
  renewedAt,
  until: new Date(Date.parse(renewedAt) + 60_000).toISOString(),
});

export function retry(changes: Partial<RetryFact> = {}): RetryFact {
  return {
    activity: 'copySlices',
    unit: 's_1',
    item: null,
    phase: 'new',
    type: 'SourceUnavailable',
    message: 'The warehouse was silent for 10 s.',
    attempt: 4,
    since: at(-120),
    nextTryAt: at(30),
    ...changes,
  };
}

export const queue = (changes: object = {}) => ({
  queue: 'imports',
  type: 'activity' as const,
  polledAt: at(-10),
  workers: 1,
  backlog: 0,
  dispatchRate: 0,
  ...changes,
});
