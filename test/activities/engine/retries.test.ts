import { migrationOf } from '../../../domain/conversations/migration.js';
import { type Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { withFailures } from '../../../activities/engine/failures.js';
import { conversationsRetries } from '../../../activities/conversations/retry-scope.js';
import { type RetriesOf, withRetryTracking } from '../../../activities/engine/retries/retries.js';
import { engineRetries } from '../../../activities/engine/retries/scope.js';
import { CarryoverError, type FailureType } from '../../../domain/engine/failures/failures.js';
import { PORT_OPEN } from '../../../domain/conversations/porting.js';
import { shouldRecordRetry, shouldSignalRetry } from '../../../domain/engine/failures/retries.js';
import { openStore } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import {
  forgetAllRetries,
  forgetRetries,
  noteRetry,
  readRetries,
} from '../../../gateways/store/migrations/retries.js';
import { freshStore, type FreshStore } from '../../gateways/store/fresh-store.js';
import { systemClock } from '../../../gateways/clock.js';
import { forThisFile } from '../../support/for-this-file.js';

let store: FreshStore;
let accounts = 0;
forThisFile(freshStore, (opened) => (store = opened));

const logged: object[] = [];
const logger = {
  warn: (facts: object): void => void logged.push(facts),
  error: (facts: object): void => void logged.push(facts),
};

const POLICY = { initialInterval: '1 second', maximumInterval: '30 seconds', maximumAttempts: 12 } as const;

const RETRIES: RetriesOf = {
  scopeOf: (input) => engineRetries.scopeOf(input) ?? conversationsRetries.scopeOf(input),
  isSignalled: engineRetries.isSignalled,
};

/** The input of the copy of a brand's recent messages. */
const recentOf = (accountId: string, unit: string) => ({ ...migrationOf(accountId), unit, phase: 'recent' });

/** An account whose import is tried: each attempt by a worker of its own, as after a crash. */
function importOf(pool: Pick<FreshStore, 'pool'> = store) {
  accounts += 1;
  const accountId = `acc_r${accounts}`;
  return {
    accountId,
    retries: () => readRetries(store.pool, migrationOf(accountId)),
    attempt(
      attempt: number,
      outcome: FailureType | Error | 'done',
      { input = recentOf(accountId, 'br_1'), ...more }: Partial<Info> & { input?: object } = {},
    ): Promise<unknown> {
      const copySlices = async (_input: object): Promise<string> => {
        await Promise.resolve();
        if (outcome === 'done') return outcome;
        throw outcome instanceof Error
          ? outcome
          : new CarryoverError(outcome, `${outcome}, attempt ${attempt}`);
      };
      const activities = withRetryTracking(withFailures({ copySlices }, logger), {
        store: pool,
        logger,
        clock: systemClock,
        ...RETRIES,
      });
      const env = new MockActivityEnvironment({
        attempt,
        activityId: '7',
        workflowExecution: { workflowId: `migration:${accountId}/brand:br_1`, runId: `run-${accountId}` },
        startToCloseTimeoutMs: 600_000,
        retryPolicy: POLICY,
        ...more,
      });
      return env.run(activities.copySlices, input).catch((error: unknown) => error);
    },
  };
}

describe('Work that is retried', () => {
  test('is in the store with cause, attempt and next attempt from the first failure on', async () => {
    const { attempt, retries } = importOf();
    expect(await attempt(1, 'SourceUnavailable')).toMatchObject({ type: 'SourceUnavailable' });
    const [first] = await retries();
    expect(first).toMatchObject({
      activity: 'copySlices',
      unit: 'br_1',
      phase: 'recent',
      tasks: 1,
      type: 'SourceUnavailable',
      message: 'SourceUnavailable, attempt 1',
      attempt: 1,
    });
    await attempt(6, 'StoreUnavailable');
    const [later] = await retries();
    expect(later).toMatchObject({ type: 'StoreUnavailable', attempt: 6, since: first?.since });
    expect(later?.nextTryAt?.getTime()).toBeGreaterThan(later?.since.getTime() ?? 0);
  });

  test('is gone when another worker succeeds', async () => {
    const { attempt, retries } = importOf();
    await attempt(1, 'SourceUnavailable');
    expect(await attempt(2, 'done')).toBe('done');
    expect(await retries()).toEqual([]);
  });

  test.each([
    ['fails for good', 3, 'SourceRefused'],
    ['has used up its attempts', 12, 'SourceUnavailable'],
    ['waits for the carrier alone', 3, ApplicationFailure.create({ type: PORT_OPEN })],
  ] as const)('is gone when it %s', async (_how, last, outcome) => {
    const { attempt, retries } = importOf();
    await attempt(1, 'SourceUnavailable');
    await attempt(last, outcome);
    expect(await retries()).toEqual([]);
  });

  test('is not recorded by an overtaken or cancelled attempt', async () => {
    const { accountId, attempt, retries } = importOf();
    await attempt(4, 'SourceThrottled');
    await attempt(2, 'StoreUnavailable');
    expect(await retries()).toMatchObject([{ attempt: 4, type: 'SourceThrottled' }]);
    const cancelled = new MockActivityEnvironment({ attempt: 8, retryPolicy: POLICY });
    cancelled.cancel();
    const work = (_input: object): Promise<never> =>
      Promise.reject(new CarryoverError('StoreUnavailable', 'late'));
    const dependencies = {
      store,
      logger,
      clock: systemClock,
      ...RETRIES,
    };
    const book = withRetryTracking(withFailures({ work }, logger), dependencies);
    await cancelled.run(book.work, recentOf(accountId, 'br_1')).catch(() => undefined);
    expect(await retries()).toHaveLength(1);
  });

  test('is forgotten with a cancellation or a failure of the brand, but for ports; a reset forgets everything', async () => {
    const { accountId, attempt, retries } = importOf();
    await attempt(1, 'SourceUnavailable');
    await attempt(1, 'SourceUnavailable', { activityId: '8', input: recentOf(accountId, 'br_2') });
    await attempt(1, 'CarrierUnavailable', {
      activityId: '9',
      input: { accountId, brandId: 'br_1', channelId: 'ch_1' },
    });
    await transaction(store.control, 'test', (tx) => forgetRetries(tx, migrationOf(accountId), 'br_2'));
    expect(await retries()).toHaveLength(2);
    await transaction(store.control, 'test', (tx) => forgetRetries(tx, migrationOf(accountId)));
    expect(await retries()).toMatchObject([{ item: 'ch_1' }]);
    await transaction(store.control, 'test', (tx) => forgetAllRetries(tx, migrationOf(accountId)));
    expect(await retries()).toEqual([]);
  });

  test('is recorded once for lanes that fail in the same way', async () => {
    const { attempt, retries } = importOf();
    await attempt(1, 'SourceThrottled');
    await attempt(2, 'SourceThrottled', { activityId: '8' });
    expect(await retries()).toMatchObject([{ tasks: 2, attempt: 2 }]);
  });

  test('expires if a run that was ended by hand has left it behind', async () => {
    const { accountId, retries } = importOf();
    await noteRetry(store.pool, {
      migration: migrationOf(accountId),
      runId: 'run',
      activityId: '1',
      activity: 'copySlices',
      type: 'SourceUnavailable',
      message: 'away',
      attempt: 1,
      nextTryInMs: -4_000_000,
      attemptLimitMs: 60_000,
    });
    expect(await retries()).toEqual([]);
  });

  test('does not block while the store is unreachable', async () => {
    const away = openStore('postgresql://nobody@127.0.0.1:9/none');
    const { attempt } = importOf(away);
    logged.length = 0;
    expect(await attempt(1, 'StoreUnavailable')).toMatchObject({ type: 'StoreUnavailable' });
    expect(await attempt(2, 'done')).toBe('done');
    expect(logged).toHaveLength(2);
    await away.close();
  });
});

test('is written at growing intervals, and to histories even less often', () => {
  const quick = [1, 2, 3, 4, 5, 6, 7, 8].filter((attempt) => shouldRecordRetry(attempt, 1_000));
  expect(quick).toEqual([1, 2, 4, 8]);
  expect(shouldRecordRetry(7, 10_000)).toBe(true);
  const told = Array.from({ length: 1_440 }, (_, at) => at + 1).filter((at) => shouldSignalRetry(at));
  expect(told).toEqual([4, 8, 16, 32, 64, 128, 256, 512, 1_024]);
  // Its workflow is not notified of the end of the retries.
  expect(engineRetries.isSignalled('copySlices')).toBe(true);
  expect(conversationsRetries.isSignalled('followPort')).toBe(false);
});
