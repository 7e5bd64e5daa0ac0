import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ClientOptions, createClient } from '../../client/src/client.js';
import type { AccountStatus, BrandStatus } from '../../client/src/types.js';
import { recordBrandFailure, setBrandStatus } from '../../gateways/store/conversations/status/statuses.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import { payloadOf } from '../api/conversations-service.js';
import { type World, apiWorld, signed, tokenFor } from '../api/world.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** Far above every pause, which distinguishes the timers of pauses from those of real calls. */
const TIMEOUT_MS = 1_000_000_000;
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

let world: World;
let url: string;
let ids: { account: string; brand: string; channel: string };

beforeAll(async () => {
  world = await apiWorld();
  await vi.waitUntil(() => world.app.storeListener.up);
  url = await world.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => world.close());
beforeEach(() => {
  // Workflow ids are the namespace's, which other files use too.
  const suffix = Math.random().toString(36).slice(2, 10);
  ids = { account: `acc_${suffix}`, brand: `br_${suffix}`, channel: `ch_${suffix}` };
  world.conversations.trouble = undefined;
});

/** An app of the account, with a clock of its own. */
async function app(accountId: string, options: Partial<ClientOptions> = {}) {
  const clock = new VirtualClock();
  const calls: string[] = [];
  const seen: AccountStatus[] = [];
  const state = { isOffline: false };
  const token = await tokenFor('app', accountId);
  const client = createClient({
    baseUrl: url,
    getToken: () => token,
    clock,
    random: () => 0,
    timeoutMs: TIMEOUT_MS,
    async fetch(target, init) {
      const path = new URL(target).pathname.split('/')[2]!;
      try {
        const answer = await fetch(state.isOffline ? target.replace(url, NOWHERE) : target, init);
        calls.push(`${path} ${answer.status}`);
        return answer;
      } catch (error) {
        calls.push(`${path} failed`);
        throw error;
      }
    },
    ...options,
  });
  const ending = new AbortController();
  const run = () =>
    client
      .migrate(accountId, { signal: ending.signal, onStatus: ({ status }) => void seen.push(status) })
      .then(
        ({ status }) => status,
        (error: unknown) => error,
      );
  /** Lets the app's pauses pass until the condition holds. */
  const until = (condition: () => boolean) =>
    vi.waitUntil(
      async () => {
        const [next = TIMEOUT_MS] = clock.pending;
        if (!condition() && next < TIMEOUT_MS / 2) await clock.advance(next);
        return condition();
      },
      { interval: 5 },
    );
  const count = (call: string) => calls.filter((each) => each === call).length;
  return { client, clock, calls, seen, state, ending, run, until, count };
}

function known(accountId: string): void {
  world.conversations.records.set(accountId, { name: 'Lakeside Dental' });
  world.conversations.payloads.set(
    accountId,
    payloadOf(accountId, { brand: ids.brand, sms: ids.channel, email: `${ids.channel}_2` }),
  );
}

/** What a worker would write. */
const become = (status: BrandStatus) =>
  transaction(world.store.control, 'test', (tx) =>
    setBrandStatus(tx, { accountId: ids.account, brandId: ids.brand }, status),
  );
const fail = (during: 'channels' | 'recent' | 'remaining') =>
  transaction(world.store.control, 'test', (tx) =>
    recordBrandFailure(
      tx,
      { accountId: ids.account, brandId: ids.brand },
      {
        during,
        failure:
          during === 'channels'
            ? { type: 'ChannelImpossible', message: 'a test' }
            : { type: 'SourceUnavailable', message: 'a test' },
      },
    ),
  );

describe('migrate', () => {
  test('starts an account that is new here and follows it to the end', async () => {
    known(ids.account);
    const { run, until, seen, calls, count, clock } = await app(ids.account);
    const outcome = run();
    await until(() => seen.at(-1) === 'migrating' && count('check-migration-status 304') > 0);
    await become('recent-messages-migrated');
    await until(() => seen.at(-1) === 'recent-messages-migrated');
    await become('all-messages-migrated');
    await until(() => seen.at(-1) === 'all-messages-migrated');
    expect(await outcome).toBe('all-messages-migrated');
    expect(calls.slice(0, 2)).toEqual(['accounts 200', 'start-migration 202']);
    expect(seen.filter((status) => status !== 'pending')).toEqual([
      'migrating',
      'recent-messages-migrated',
      'all-messages-migrated',
    ]);
    clock.assertIdle();
  });

  test('starts again after failures, and the migration goes on', async () => {
    known(ids.account);
    const { run, until, seen, count } = await app(ids.account);
    const outcome = run();
    await until(() => seen.at(-1) === 'migrating');
    for (const [during, word] of [
      ['channels', 'brand-failure'],
      ['channels', 'brand-failure'],
      ['recent', 'recent-messages-failure'],
    ] as const) {
      const starts = count('start-migration 202');
      const before = seen.length;
      await fail(during);
      await until(() => seen.slice(before).includes(word));
      await until(() => count('start-migration 202') === starts + 1 && seen.at(-1) === 'migrating');
    }
    await become('recent-messages-migrated');
    await fail('remaining');
    await until(() => seen.at(-1) === 'remaining-messages-failure');
    const starts = count('start-migration 202');
    const polls = count('check-migration-status 304');
    await until(() => count('check-migration-status 304') > polls + 50);
    expect(count('start-migration 202')).toBe(starts);
    expect(starts).toBe(4);
    await become('recent-messages-migrated');
    await become('all-messages-migrated');
    await until(() => seen.at(-1) === 'all-messages-migrated');
    expect(await outcome).toBe('all-messages-migrated');
  });

  test('goes on after a restart of the app, without another start', async () => {
    known(ids.account);
    const first = await app(ids.account);
    const ended = first.run();
    await first.until(() => first.seen.at(-1) === 'migrating');
    first.ending.abort();
    expect(await ended).toMatchObject({ name: 'AbortError' });
    first.clock.assertIdle();

    const second = await app(ids.account);
    const outcome = second.run();
    await second.until(() => second.seen.at(-1) === 'migrating');
    await become('recent-messages-migrated');
    await become('all-messages-migrated');
    await second.until(() => second.seen.at(-1) === 'all-messages-migrated');
    expect(await outcome).toBe('all-messages-migrated');
    expect([first.count('start-migration 202'), second.count('start-migration 202')]).toEqual([1, 0]);
  });

  test('waits while the device is offline, and while Conversations cannot be asked', async () => {
    known(ids.account);
    world.conversations.trouble = { status: 500 };
    const { run, until, seen, count, state, ending } = await app(ids.account);
    state.isOffline = true;
    const outcome = run();
    await until(() => count('accounts failed') === 5);
    state.isOffline = false;
    await until(() => count('accounts 503') === 2);
    world.conversations.trouble = undefined;
    await until(() => seen.at(-1) === 'migrating');
    state.isOffline = true;
    await until(() => count('check-migration-status failed') === 5);
    state.isOffline = false;
    await become('recent-messages-migrated');
    await until(() => seen.at(-1) === 'recent-messages-migrated');
    expect(count('start-migration 202')).toBe(1);
    ending.abort();
    await outcome;
  });

  test('renews a token that has expired', async () => {
    known(ids.account);
    const claims = { sub: 'somebody-app', role: 'app', account_id: ids.account };
    const expired = await signed(claims, '-1s');
    const fresh = await signed(claims, '1h');
    const asked: (string | undefined)[] = [];
    let token = expired;
    const getToken = (refused?: string) => {
      asked.push(refused);
      if (refused === token) token = fresh;
      return token;
    };
    const { run, until, seen, calls, ending } = await app(ids.account, { getToken });
    const outcome = run();
    await until(() => seen.at(-1) === 'migrating');
    expect(calls.slice(0, 2)).toEqual(['accounts 401', 'accounts 200']);
    expect(asked.filter((refused) => refused !== undefined)).toEqual([expired]);
    ending.abort();
    await outcome;
  });
});

describe('An error names the call, the account and what the API said', () => {
  test('of an account that nobody knows, or that is another’s', async () => {
    const { client } = await app(ids.account);
    for (const accountId of [ids.account, 'acc_of_somebody_else']) {
      await expect(client.migrate(accountId)).rejects.toMatchObject({
        name: 'CarryoverError',
        code: 'not-found',
        operation: 'getAccount',
        accountId,
        status: 404,
        problem: { type: 'urn:carryover:problem:not-found' },
        message: `getAccount of account ${accountId}: the answer is 404: There is no such account.`,
      });
    }
  });

  test('of a token that is refused twice', async () => {
    const { client } = await app(ids.account, { getToken: () => 'nonsense' });
    await expect(client.startMigration(ids.account)).rejects.toMatchObject({
      code: 'unauthorized',
      operation: 'startMigration',
      problem: { type: 'urn:carryover:problem:unauthorized' },
    });
  });

  test('of an id that cannot be one', async () => {
    const { client } = await app(ids.account, { getToken: () => tokenFor('service') });
    await expect(client.checkStatus('')).rejects.toMatchObject({ code: 'refused', status: 400 });
  });
});
