import { describe, expect, test } from 'vitest';
import { explain } from '../../../../domain/engine/explain/explain.js';
import { by, started, resume, failure, heldBack, throttled, WHOLE, UNITS } from './cases.js';
import { activity, at, type Changes, migration, phase, queue, retry, workflow } from './facts.js';

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
