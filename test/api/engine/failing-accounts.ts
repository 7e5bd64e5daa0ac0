import { afterAll, beforeAll, expect } from 'vitest';
import type { FailureKind } from '../../../domain/conversations/failed-things.js';
import type { FailureEntry } from '../../../domain/engine/failures/failed-things.js';
import type { Failure } from '../../../domain/engine/failures/failures.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import * as statuses from '../../../gateways/store/conversations/status/statuses.js';
import { apiWorld, meet, tokenFor, type World } from '../world.js';

export const clock = (at: string) => ({ clock: { now: () => Date.parse(at) } });

/** An API whose failures the tests of a file read; each test makes accounts of its own that have been started. */
export function failingAccounts() {
  let world: World;
  let token: string;
  let accounts = 0;
  beforeAll(async () => {
    world = await apiWorld();
    token = await tokenFor('operator');
  });
  afterAll(() => world.close());

  const within = <T>(work: (tx: Transaction) => Promise<T>) => transaction(world.store.control, 'test', work);

  async function get<Body>(path: string): Promise<Body> {
    const answer = await world.call('GET', path, { token });
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json<Body>();
  }

  async function failures(accountId: string, kind?: FailureKind): Promise<FailureEntry[]> {
    const query = `account_id=${accountId}${kind === undefined ? '' : `&kind=${kind}`}`;
    return (await get<{ failures: FailureEntry[] }>(`/v2/failures?${query}`)).failures;
  }

  /** A started account with one brand. */
  async function started() {
    accounts += 1;
    const [accountId, brandId, channelId] = [`acc_k${accounts}`, `br_k${accounts}`, `ch_k${accounts}s`];
    await meet(world, accountId, { brand: brandId, sms: channelId, email: `ch_k${accounts}e` });
    const ids = { accountId, brandId };
    const start = (at: string) => within((tx) => statuses.beginStart(tx, accountId, 'app', clock(at)));
    await start('2026-01-01T00:00:00Z');
    return {
      ...ids,
      channelId,
      start,
      fail: (
        during: 'channels' | 'recent' | 'remaining',
        at: string,
        type: Failure['type'] = 'SourceUnavailable',
      ) =>
        within((tx) =>
          statuses.recordBrandFailure(
            tx,
            ids,
            { during, failure: { type, message: `${type} at ${at}` } },
            clock(at),
          ),
        ),
      become: (status: Parameters<typeof statuses.setBrandStatus>[2]) =>
        within((tx) => statuses.setBrandStatus(tx, ids, status)),
      entries: (kind?: FailureKind) => failures(accountId, kind),
    };
  }

  return { started, within, get, world: () => world, token: () => token };
}
