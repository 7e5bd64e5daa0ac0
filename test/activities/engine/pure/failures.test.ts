import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import { withFailures } from '../../../../activities/engine/failures.js';
import { CarryoverError, FAILURES } from '../../../../domain/engine/failures/failures.js';
import type { FailureType } from '../../../../domain/engine/failures/failures.js';

const logged: object[] = [];
const logger = { error: (facts: object): void => void logged.push(facts) };

async function leaving(what: unknown): Promise<unknown> {
  const failing = async (): Promise<void> => {
    await Promise.resolve();
    throw what;
  };
  const { work } = withFailures({ work: failing }, logger);
  return work().catch((thrown: unknown) => thrown);
}

describe('What leaves an activity', () => {
  test.each(Object.keys(FAILURES) as FailureType[])('as %s repeats as its kind says', async (type) => {
    const failure = await leaving(new CarryoverError(type, 'what happened', { cause: new Error('secret') }));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    const { repeat } = FAILURES[type];
    expect(failure).toMatchObject({ type, message: 'what happened', nonRetryable: repeat === 'final' });
    expect((failure as ApplicationFailure).category).toBe(repeat === 'throttled' ? 'BENIGN' : undefined);
    expect((failure as Error).cause).toBeUndefined();
    expect((failure as Error).stack).toMatch(/^\w+: what happened\n\s+at /);
  });

  test('waits as long as the other side asks for, or a default', async () => {
    const busy = (retryAfterSeconds?: number): CarryoverError =>
      new CarryoverError('SourceThrottled', 'busy', { retryAfterSeconds });
    expect(await leaving(busy(42))).toMatchObject({ nextRetryDelay: 42_000 });
    expect(await leaving(busy(0))).toMatchObject({ nextRetryDelay: 0 });
    expect(await leaving(busy())).toMatchObject({ nextRetryDelay: 10_000 });
  });

  test('without a name is Unexpected, and logged with where it happened', async () => {
    logged.length = 0;
    expect(await leaving(new TypeError('x is not a function'))).toMatchObject({
      type: 'Unexpected',
      message: 'TypeError: x is not a function',
      nonRetryable: false,
    });
    expect(await leaving('a string')).toMatchObject({ type: 'Unexpected' });
    expect(logged).toMatchObject([
      { activity: 'work', stack: expect.stringContaining('failures.test') as string },
      {},
    ]);
  });

  test('quotes nothing from a database', async () => {
    const refused = Object.assign(new Error('Key (phone_number)=(+14155550000) exists'), {
      code: '23505',
      severity: 'ERROR',
      constraint: 'some_key',
    });
    const failure = await leaving(refused);
    expect(failure).toMatchObject({
      type: 'Unexpected',
      message: expect.stringContaining('some_key') as string,
    });
    expect(`${(failure as Error).stack}${JSON.stringify(logged)}`).not.toContain('4155550000');
  });

  test('passes unchanged if it is Temporal’s', async () => {
    for (const own of [
      new CancelledFailure('cancelled'),
      new CompleteAsyncError(),
      ApplicationFailure.nonRetryable('done'),
    ]) {
      expect(await leaving(own)).toBe(own);
    }
  });

  test('is a cancellation only if Temporal cancelled the work', async () => {
    const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
    const environment = new MockActivityEnvironment();
    expect(await environment.run(() => leaving(aborted))).toMatchObject({ type: 'Unexpected' });
    environment.cancel();
    expect(await environment.run(() => leaving(aborted))).toBe(aborted);
  });

  test('is the activity’s result if nothing fails', async () => {
    const { add } = withFailures(
      { add: async (a: number, b: number): Promise<number> => Promise.resolve(a + b) },
      logger,
    );
    expect(await add(1, 2)).toBe(3);
  });
});
