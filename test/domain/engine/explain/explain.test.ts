import { describe, expect, test } from 'vitest';
import { explain } from '../../../../domain/engine/explain/explain.js';
import { NOT_STARTED } from '../../../../domain/engine/steering.js';
import {
  activity,
  at,
  type Changes,
  lease,
  migration,
  phase,
  queue,
  retry,
  unitWorkflow,
  workflow,
} from './facts.js';

const by = { by: 'ann', since: at(-60) };
const started = { ...NOT_STARTED, started: true };
const steered = (changes: object): Changes => ({ store: { steering: { ...started, ...changes } } });
const resume = { signal: 'resume', since: at(-20), tries: 3, nextTryAt: at(8) };
const waiting = unitWorkflow('s_1', { activities: [activity({ state: 'waiting' })] });
const failure = {
  unit: 's_1',
  type: 'CheckUnequal',
  message: 'Both sides differ.',
  since: at(-60),
  nextStep: 'Verify it.',
};
const heldBack = {
  reason: 'commit-latency',
  since: at(-60),
  measured: 81.4,
  budget: 50,
  share: 0.123,
} as const;
const throttled = { what: 'the index by_shelf', code: 'TooManyRequests', since: at(-60), times: 7 };

const WHOLE: readonly (readonly [reason: string, sentence: string, Changes])[] = [
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

const UNITS: typeof WHOLE = [
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

describe('one sentence says what holds back the migration as a whole', () => {
  test.each(WHOLE)('%s: %s', (reason, sentence, changes) => {
    expect(explain(migration(changes))).toMatchObject({ reason, sentence });
  });
});

describe('or what holds back a unit', () => {
  test.each(UNITS)('%s: %s', (reason, sentence, changes) => {
    expect(explain(migration(changes))).toMatchObject({ reason, sentence });
  });
});

describe('a verification of what is migrated', () => {
  const verifying = (
    temporal: Changes['temporal'],
    phases = [phase('s_1', { pass: 'verify' })],
  ): Changes => ({
    store: { verifying: true, phases },
    own: { outcome: 'done' },
    temporal: temporal ?? {},
  });
  const lanes = workflow({ activities: [activity({ activity: 'verifySlices' })] });

  test('that works is told with its unit, as the store knows it', () => {
    expect(explain(migration(verifying({ workflow: lanes }))).sentence).toBe(
      'It does not wait: verifySlices new of shelf s_1.',
    );
  });

  test('that has just begun, or waits for a worker, is told as Temporal knows it', () => {
    expect(explain(migration(verifying({ workflow: lanes }, []))).sentence).toBe(
      'It does not wait: verifySlices parcels.',
    );
    const queued = workflow({ activities: [activity({ activity: 'verifySlices', state: 'waiting' })] });
    const queues = [queue({ polledAt: null })];
    expect(explain(migration(verifying({ workflow: queued, queues }))).reason).toBe('no-worker');
  });
});

describe('several units', () => {
  const busy = phase('s_2', { left: 5_000 });

  test('the sentence takes the reason that keeps the most records, the facts have all', () => {
    const { sentence, waits } = explain(
      migration({
        store: {
          phases: [
            phase('s_1', { left: 400, heldBack }),
            phase('s_2', { left: 500, throttled }),
            phase('s_3', { left: 300, heldBack: { ...heldBack, since: at(-90) } }),
          ],
        },
      }),
    );
    expect(sentence).toBe(
      'Carrying new of shelf s_1 has been held back to 12 % of its speed since 2026-03-01 11:59:00 UTC, because commits of the shop take 81 ms and may take 50 ms; 1 more shelf likewise; 1 other shelf waits for something else.',
    );
    expect(waits.map(({ unit, reason }) => [unit, reason])).toEqual([
      ['s_1', 'held-back'],
      ['s_3', 'held-back'],
      ['s_2', 'throttled'],
    ]);
  });

  test('a group waits since its first unit does', () => {
    const longer = { ...heldBack, since: at(-90) };
    const phases = [phase('s_1', { heldBack }), phase('s_2', { heldBack: longer })];
    expect(explain(migration({ store: { phases } })).since).toBe(at(-90));
  });

  test('while most of it goes on, the sentence says so and how much waits', () => {
    const changes = {
      store: { phases: [busy], retries: [retry()] },
      own: { failures: [{ ...failure, unit: 's_3' }] },
    };
    expect(explain(migration(changes))).toMatchObject({
      waiting: false,
      reason: 'working',
      sentence: 'It does not wait: carrying new of shelf s_2; 2 other shelves wait for something else.',
    });
  });

  test('of reasons that hold back as much, one that waits comes before one that works', () => {
    const phases = [phase('s_2'), phase('s_1', { heldBack })];
    expect(explain(migration({ store: { phases } })).reason).toBe('held-back');
  });

  test('a retry of one lane does not hide that others work', () => {
    const changes = { store: { phases: [phase('s_1')], retries: [retry({ nextTryAt: at(-30) })] } };
    expect(explain(migration(changes)).waiting).toBe(false);
  });
});

describe('what comes first', () => {
  const everything: Changes = {
    store: { undelivered: [resume], retries: [retry({ unit: null })], phases: [phase('s_1')] },
    own: { failures: [{ ...failure, unit: null }] },
  };

  test('who paused it is said, whatever else is wrong', () => {
    const paused = { ...everything, store: { ...everything.store, steering: { ...started, paused: by } } };
    expect(explain(migration(paused)).reason).toBe('paused');
  });

  test('what Temporal has not heard comes before failures, those before retries', () => {
    expect(explain(migration(everything)).reason).toBe('undelivered');
    const heard = { ...everything, store: { ...everything.store, undelivered: [] } };
    expect(explain(migration(heard)).reason).toBe('failed');
    expect(explain(migration({ ...heard, own: {} })).reason).toBe('source-away');
  });

  test('a message that was just written, or that nobody waits for, is no reason', () => {
    const now = { ...resume, since: at(-1) };
    const news = { ...resume, signal: 'retrying' };
    expect(explain(migration({ store: { undelivered: [now, news] } })).reason).toBe('between-steps');
  });

  test('the facts of units stay below what holds back everything', () => {
    const { waits } = explain(migration(everything));
    expect(waits.map(({ reason }) => reason)).toEqual(['undelivered', 'working']);
  });

  test('a failure at Temporal with its reason in the store is told from the store', () => {
    const ended = workflow({ status: 'failed', closedAt: at(-60) });
    const changes = { own: { failures: [failure] }, temporal: { workflow: ended } };
    expect(explain(migration(changes)).reason).toBe('failed');
  });
});

describe('while Temporal does not answer', () => {
  const away = (changes: Changes = {}) => ({
    ...migration(changes),
    temporal: { answers: false, why: 'It is frozen.' } as const,
  });

  test('the store tells what goes on, and the sentence that it is only the store', () => {
    expect(explain(away({ store: { phases: [phase('s_1')] } })).sentence).toBe(
      'It does not wait: carrying new of shelf s_1; Temporal does not answer now, so this is what the store knows.',
    );
  });

  test('a request that it has not heard is named', () => {
    expect(explain(away({ store: { undelivered: [resume] } }))).toMatchObject({
      reason: 'temporal-away',
      sentence:
        'Temporal does not answer, so the request to resume depot p_1, made at 2026-03-01 11:59:40 UTC, has not reached it.',
    });
  });

  test('without anything else, nothing new begins', () => {
    expect(explain(away())).toMatchObject({
      waiting: true,
      reason: 'temporal-away',
      sentence: 'Temporal does not answer, so nothing new of depot p_1 begins.',
    });
  });
});

test('every wait names a next step, or works, or is done', () => {
  for (const [, , changes] of [...WHOLE, ...UNITS]) {
    const { reason, nextStep } = explain(migration(changes));
    expect([reason, nextStep !== null]).toEqual([reason, reason !== 'working' && reason !== 'done']);
  }
});
