import { describe, expect, test } from 'vitest';
import type { StatusAnswer } from '../../../client/src/client.js';
import { CarryoverError, type ErrorCode } from '../../../client/src/errors.js';
import { migrate } from '../../../client/src/migrate.js';
import type { AccountStatus, BrandStatus, MigrationStatus } from '../../../client/src/types.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const RESTART = { firstMs: 10_000, mostMs: 900_000 };
const RETRY = { firstMs: 1_000, mostMs: 30_000 };
/** A pause without its random part. */
const WHOLE = () => 0;

const failing = (code: ErrorCode, retryAfterSeconds?: number) =>
  new CarryoverError(code, 'a test', { operation: 'checkStatus', accountId: 'acc_1', retryAfterSeconds });

const documentOf = (status: AccountStatus, brand: BrandStatus = 'migrating'): MigrationStatus => ({
  status,
  brands: { br_1: brand },
  channels: { ch_1: 'ready' },
});

/** A server whose status a test sets. It answers each poll with it, and notes what it was asked, with the second in which it was. */
function world({ random = WHOLE, pollSeconds = 5 } = {}) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const seen: AccountStatus[] = [];
  const ending = new AbortController();
  const server = {
    status: documentOf('pending', 'pending'),
    version: 1,
    /** Thrown by the next calls, one each. */
    errors: [] as CarryoverError[],
    onStart: (): void => undefined,
    become(status: AccountStatus, brand?: BrandStatus) {
      server.status = documentOf(status, brand);
      server.version += 1;
    },
  };
  const note = async (call: string): Promise<void> => {
    asked.push(`${call} ${clock.elapsed() / 1_000}`);
    const error = server.errors.shift();
    if (error !== undefined) throw error;
  };
  const client = {
    async getAccount() {
      await note('ask');
      const { status } = server.status;
      return {
        account_id: 'acc_1',
        name: '',
        status: 'inactive' as const,
        migration_status: status,
        brands: [],
      };
    },
    async startMigration() {
      await note('start');
      server.onStart();
      return { account_id: 'acc_1', migration_status: server.status.status };
    },
    async checkStatus(_: string, { previous }: { previous?: StatusAnswer | undefined } = {}) {
      await note('poll');
      const etag = String(server.version);
      return {
        status: server.status,
        etag,
        retryAfterSeconds: pollSeconds,
        changed: previous?.etag !== etag,
      };
    },
  };
  const migrating = { client, clock, random, restartPauses: RESTART, retryPauses: RETRY };
  const options = {
    signal: ending.signal,
    onStatus: ({ status }: MigrationStatus) => void seen.push(status),
  };
  // Begins once the test has set up the server.
  const running = Promise.resolve().then(() => migrate(migrating, 'acc_1', options));
  const outcome = running.then(
    (status) => status.status,
    (error: unknown) => error,
  );
  const starts = () =>
    asked.filter((call) => call.startsWith('start')).map((call) => Number(call.split(' ')[1]));
  return { clock, asked, seen, server, ending, outcome, starts };
}

describe('migrate', () => {
  test('asks, starts, polls at the server’s pace and ends when all messages are migrated', async () => {
    const { clock, asked, seen, server, outcome } = world();
    server.onStart = () => server.become('migrating');
    await clock.advance(11_000);
    server.become('recent-messages-migrated', 'recent-messages-migrated');
    await clock.advance(5_000);
    server.become('all-messages-migrated', 'all-messages-migrated');
    await clock.advance(5_000);
    expect(await outcome).toBe('all-messages-migrated');
    expect(asked).toEqual(['ask 0', 'start 0', 'poll 0', 'poll 5', 'poll 10', 'poll 15', 'poll 20']);
    expect(seen).toEqual(['migrating', 'recent-messages-migrated', 'all-messages-migrated']);
    clock.assertIdle();
  });

  test.each<AccountStatus>(['migrating', 'recent-messages-migrated', 'remaining-messages-failure'])(
    'after a restart of the app only polls an account that is %s',
    async (status) => {
      const { clock, server, starts, ending, outcome } = world();
      server.become(status);
      await clock.advance(3_600_000);
      expect(starts()).toEqual([]);
      ending.abort();
      await outcome;
    },
  );

  test.each<AccountStatus>(['brand-failure', 'recent-messages-failure'])(
    'starts again after %s, at intervals that double up to the longest',
    async (status) => {
      const { clock, server, starts, ending, outcome } = world();
      server.onStart = () => server.become(status);
      await clock.advance(3_600_000);
      const [first, ...later] = starts();
      const pauses = later.map((at, index) => at - [first!, ...later][index]!);
      expect(pauses.slice(0, 9)).toEqual([10, 20, 40, 80, 160, 320, 640, 900, 900]);
      ending.abort();
      await outcome;
    },
  );

  test('leaves out up to half of an interval at random', async () => {
    const { clock, server, starts, ending, outcome } = world({ random: () => 1 });
    server.onStart = () => server.become('brand-failure');
    await clock.advance(36_000);
    expect(starts()).toEqual([0, 5, 15, 35]);
    ending.abort();
    await outcome;
  });

  test('begins with the first interval again once a brand gets further than it was', async () => {
    const { clock, server, starts, ending, outcome } = world();
    server.onStart = () => server.become('brand-failure', 'channel-failure');
    await clock.advance(71_000);
    expect(starts()).toEqual([0, 10, 30, 70]);
    server.onStart = () => server.become('recent-messages-failure', 'recent-messages-failure');
    await clock.advance(80_000);
    expect(starts().slice(4)).toEqual([150]);
    await clock.advance(31_000);
    expect(starts().slice(5)).toEqual([160, 180]);
    ending.abort();
    await outcome;
  });

  test.each<[string, AccountStatus, AccountStatus]>([
    ['what somebody else has started', 'brand-failure', 'migrating'],
    ['what an operator has cancelled', 'migrating', 'pending'],
  ])('does not start again %s', async (_what, before, after) => {
    const { clock, server, starts, ending, outcome } = world();
    server.onStart = () => server.become(before);
    await clock.advance(6_000);
    server.become(after);
    await clock.advance(600_000);
    expect(starts()).toEqual([0]);
    ending.abort();
    await outcome;
  });

  test.each<ErrorCode>(['network', 'timeout', 'no-token', 'busy', 'unavailable', 'unexpected-answer'])(
    'repeats a call that ended with %s, and says nothing',
    async (code) => {
      const { clock, asked, seen, server, outcome } = world();
      server.become('all-messages-migrated');
      server.errors.push(failing(code), failing(code), failing(code));
      await clock.advance(7_000);
      expect(await outcome).toBe('all-messages-migrated');
      expect(asked).toEqual(['ask 0', 'ask 1', 'ask 3', 'ask 7', 'poll 7']);
      expect(seen).toEqual(['all-messages-migrated']);
    },
  );

  test('tries every 30 seconds while a device is offline for long', async () => {
    const { clock, asked, server, ending, outcome } = world();
    server.errors.push(...Array.from({ length: 1_000 }, () => failing('network')));
    await clock.advance(3_600_000);
    const times = asked.map((call) => Number(call.split(' ')[1]));
    const pauses = times.slice(1).map((at, index) => at - times[index]!);
    expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
    expect(new Set(pauses.slice(8))).toEqual(new Set([30]));
    ending.abort();
    await outcome;
  });

  test('waits as long as the server says', async () => {
    const { clock, asked, server, outcome } = world();
    server.become('all-messages-migrated');
    server.errors.push(failing('unavailable', 20));
    await clock.advance(20_000);
    await outcome;
    expect(asked).toEqual(['ask 0', 'ask 20', 'poll 20']);
  });

  test.each<ErrorCode>(['unauthorized', 'forbidden', 'not-found', 'refused'])(
    'ends with %s',
    async (code) => {
      const { clock, server, outcome } = world();
      server.errors.push(failing(code));
      await clock.advance(0);
      expect(await outcome).toMatchObject({ code, operation: 'checkStatus', accountId: 'acc_1' });
      clock.assertIdle();
    },
  );

  test('ends with the signal’s reason, whatever it waits for', async () => {
    for (const errors of [[], [failing('network')]]) {
      const { clock, server, ending, outcome } = world();
      server.errors.push(...errors);
      await clock.advance(500);
      ending.abort(new Error('signed out'));
      expect(await outcome).toEqual(new Error('signed out'));
      clock.assertIdle();
    }
  });
});
