import { NOT_STARTED } from '../../../../domain/engine/steering.js';
import { activity, at, type Changes, lease, phase, queue, retry, unitWorkflow, workflow } from './facts.js';

export const by = { by: 'ann', since: at(-60) };
export const started = { ...NOT_STARTED, started: true };
const steered = (changes: object): Changes => ({ store: { steering: { ...started, ...changes } } });
export const resume = { signal: 'resume', since: at(-20), tries: 3, nextTryAt: at(8) };
const waiting = unitWorkflow('s_1', { activities: [activity({ state: 'waiting' })] });
export const failure = {
  unit: 's_1',
  type: 'CheckUnequal',
  message: 'Both sides differ.',
  since: at(-60),
  nextStep: 'Verify it.',
};
export const heldBack = {
  reason: 'commit-latency',
  since: at(-60),
  measured: 81.4,
  budget: 50,
  share: 0.123,
} as const;
export const throttled = { what: 'the index by_shelf', code: 'TooManyRequests', since: at(-60), times: 7 };

/** Each reason with its sentence and the facts behind it, of a migration as a whole. */
export const WHOLE: readonly (readonly [reason: string, sentence: string, Changes])[] = [
  [
    'not-started',
    'Depot p_1 has not been started.',
    { store: { steering: NOT_STARTED }, own: { outcome: 'none' } },
  ],
  ['done', 'Depot p_1 is done: all parcels are migrated.', { own: { outcome: 'done' } }],
  [
    'carrier',
    'All parcels of depot p_1 are migrated, and 2 keys have waited for the smith since 2026-03-01 11:59:00 UTC.',
    {
      own: {
        outcome: 'done',
        waits: [
          { reason: 'carrier', what: '2 keys have waited for the smith', since: at(-60), nextStep: 'Wait.' },
        ],
      },
    },
  ],
  [
    'cancelling',
    'Depot p_1 is being cancelled: ann requested it at 2026-03-01 11:59:00 UTC.',
    steered({ cancelled: by }),
  ],
  [
    'cancelled',
    'Depot p_1 was cancelled by ann at 2026-03-01 11:59:00 UTC.',
    steered({ cancelled: by, started: false }),
  ],
  [
    'resetting',
    'Depot p_1 is being reset: ann requested it at 2026-03-01 11:59:00 UTC.',
    steered({ resetting: by, cancelled: by }),
  ],
  ['paused', 'Depot p_1 is paused: ann paused it at 2026-03-01 11:59:00 UTC.', steered({ paused: by })],
  [
    'undelivered',
    'The request to resume depot p_1, made at 2026-03-01 11:59:40 UTC, is not delivered to Temporal yet after 3 tries; the next is at 2026-03-01 12:00:08 UTC.',
    { store: { undelivered: [resume] } },
  ],
  [
    'refused',
    'Temporal refused the request to resume depot p_1 at 2026-03-01 11:59:40 UTC: the id is too long.',
    { store: { refused: { signal: 'resume', since: at(-20), reason: 'the id is too long.' } } },
  ],
  [
    'failed',
    'Depot p_1 failed at 2026-03-01 11:59:00 UTC with CheckUnequal: Both sides differ.',
    { own: { failures: [{ ...failure, unit: null }] } },
  ],
  [
    'source-away',
    'The warehouse does not answer (The warehouse was silent for 10 s): prepare parcels has been retried since 2026-03-01 11:58:00 UTC, attempt 5 begins at 2026-03-01 12:00:30 UTC.',
    { store: { retries: [retry({ unit: null, activity: 'prepare', phase: null })] } },
  ],
  [
    'no-worker',
    'No worker polls the queue workflows: the workflow of depot p_1 has waited since 2026-03-01 11:59:00 UTC.',
    {
      temporal: {
        workflow: workflow({ untakenSince: at(-60) }),
        queues: [queue({ queue: 'workflows', type: 'workflow', polledAt: null, workers: 0 })],
      },
    },
  ],
  [
    'working',
    'It does not wait: prepare parcels.',
    { temporal: { workflow: workflow({ activities: [activity({ activity: 'prepare' })] }) } },
  ],
  [
    'stopped',
    'Nothing works on depot p_1: its workflow has ended (terminated).',
    { temporal: { workflow: workflow({ status: 'terminated', closedAt: at(-60) }) } },
  ],
  [
    'stopped',
    'Nothing works on depot p_1: Temporal has no workflow of it.',
    { temporal: { workflow: null } },
  ],
  [
    'between-steps',
    'The workflow of depot p_1 is between two steps: nothing of it runs, waits or is retried right now.',
    {},
  ],
];

/** The same of a unit. */
export const UNITS: typeof WHOLE = [
  [
    'failed',
    'Shelf s_1 failed at 2026-03-01 11:59:00 UTC with CheckUnequal: Both sides differ.',
    { own: { failures: [failure] } },
  ],
  [
    'retrying',
    'LeaseLost (Another worker has it): carrying new of shelf s_1 has been retried since 2026-03-01 11:58:00 UTC, attempt 5 is running.',
    {
      store: {
        retries: [retry({ type: 'LeaseLost', message: 'Another worker has it.', nextTryAt: at(-3) })],
      },
    },
  ],
  [
    'throttled',
    'The warehouse is throttled: carrying new of shelf s_1 has been retried since 2026-03-01 11:58:00 UTC, attempt 5 begins at 2026-03-01 12:00:30 UTC.',
    { store: { retries: [retry({ type: 'SourceThrottled', message: 'The warehouse is throttled.' })] } },
  ],
  [
    'throttled',
    'The warehouse has throttled reads of the index by_shelf (TooManyRequests) since 2026-03-01 11:59:00 UTC: carrying new of shelf s_1 reads only as fast as it allows.',
    { store: { phases: [phase('s_1', { throttled, heldBack })] } },
  ],
  [
    'held-back',
    'Carrying new of shelf s_1 has been held back to 12 % of its speed since 2026-03-01 11:59:00 UTC, because commits of the shop take 81 ms and may take 50 ms.',
    { store: { phases: [phase('s_1', { heldBack })] } },
  ],
  [
    'held-back',
    'Carrying new of shelf s_1 has been held back to 1 % of its speed since 2026-03-01 11:59:00 UTC, because a replica is 12 s behind and may be 9.5 s.',
    {
      store: {
        phases: [
          phase('s_1', {
            heldBack: { ...heldBack, reason: 'replica-lag', measured: 12.3, budget: 9.5, share: 0.001 },
          }),
        ],
      },
    },
  ],
  [
    'worker-silent',
    'Carrying new of shelf s_1 waits for a worker that has given no sign of life since 2026-03-01 11:59:30 UTC: 2 slices that it holds can be taken over at 2026-03-01 12:00:30 UTC at the latest.',
    { store: { phases: [phase('s_1', { leases: [lease('run-s_1', at(-30))] })] } },
  ],
  [
    'foreign-lease',
    'Carrying new of shelf s_1 waits for a worker of an earlier run that is still alive and holds 2 slices.',
    { store: { phases: [phase('s_1', { leases: [lease('run-before')] })] }, temporal: { units: [waiting] } },
  ],
  [
    'worker-silent',
    'Carrying parcels of shelf s_1 waits for the worker worker@there, which has given no sign of life since 2026-03-01 11:59:10 UTC: Temporal then gives it to another one.',
    { temporal: { units: [unitWorkflow('s_1', { activities: [activity({ heartbeatAt: at(-50) })] })] } },
  ],
  [
    'no-worker',
    'No worker polls the queue imports: carrying parcels of shelf s_1 has waited since 2026-03-01 11:58:30 UTC.',
    { temporal: { units: [waiting], queues: [queue({ polledAt: null, workers: 0 })] } },
  ],
  [
    'no-worker',
    'No worker polls the queue imports (the last one did at 2026-03-01 11:58:20 UTC): carrying parcels of shelf s_1 has waited since 2026-03-01 11:58:30 UTC.',
    { temporal: { units: [waiting], queues: [queue({ polledAt: at(-100) })] } },
  ],
  [
    'free-slot',
    'Carrying parcels of shelf s_1 has waited for a free worker on the queue imports since 2026-03-01 11:58:30 UTC: about 12 tasks wait there, workers are busy with p_7, p_9, at the present rate it takes about 24 seconds.',
    {
      temporal: {
        units: [waiting],
        queues: [queue({ polledAt: at(-100), backlog: 12, dispatchRate: 0.5 })],
        ahead: ['p_7', 'p_9'],
      },
    },
  ],
  [
    'free-slot',
    'The workflow of shelf s_1 has waited for a free worker on the queue workflows since 2026-03-01 11:59:50 UTC.',
    {
      temporal: {
        units: [unitWorkflow('s_1', { untakenSince: at(-10) })],
        queues: [queue({ queue: 'workflows', type: 'workflow' })],
      },
    },
  ],
  [
    'source-away',
    'The warehouse does not answer: carrying parcels of shelf s_1 is being retried, attempt 3 begins at 2026-03-01 12:00:09 UTC.',
    {
      temporal: {
        units: [
          unitWorkflow('s_1', {
            activities: [
              activity(),
              activity({
                state: 'backing-off',
                attempt: 3,
                since: at(9),
                nextTryAt: at(9),
                failureType: 'SourceUnavailable',
              }),
            ],
          }),
        ],
      },
    },
  ],
  [
    'working',
    'It does not wait: carrying new of shelf s_1 at 1,234.5 parcels a second.',
    { store: { phases: [phase('s_1')] }, rate: 1_234.5 },
  ],
  [
    'working',
    'It does not wait: carrying new of shelf s_1.',
    // The retry is noted until its activity ends, but a batch was committed since.
    {
      store: {
        phases: [phase('s_1')],
        retries: [retry({ nextTryAt: at(-30) })],
      },
    },
  ],
  [
    'carrier',
    '2 keys have waited for the smith since 2026-03-01 11:59:00 UTC.',
    {
      own: {
        waits: [
          { reason: 'carrier', what: '2 keys have waited for the smith', since: at(-60), nextStep: 'Wait.' },
        ],
      },
    },
  ],
];
