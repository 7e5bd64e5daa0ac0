import { rememberedOf } from '../../../gateways/store/world.js';
import { CONVERSATIONS, migrationOf } from '../../../../domain/conversations/migration.js';
import { describe, expect, test } from 'vitest';
import { noteAppPolls } from '../../../../gateways/store/migrations/app-polls.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import * as statuses from '../../../../gateways/store/conversations/status/statuses.js';
import { callWorld, serve, statusesOf } from './call-world.js';
import type { CallWorld } from './call-world.js';
import { forEachTest } from '../../../support/for-this-file.js';

let world: CallWorld;
let acc: string;
forEachTest(callWorld, (opened, ids) => {
  world = opened;
  acc = ids.account;
});

const account = () => rememberedOf(world.store, acc);
const failing = async (): Promise<unknown> =>
  world.calls.prepareMigration(migrationOf(acc)).catch((error: unknown) => error);

describe('An account that cannot be migrated', () => {
  const impossible: [string, string, () => void, RegExp][] = [
    ['without brands', 'PayloadImpossible', () => serve(world, acc, {}), /has no brands/],
    [
      'that is closed',
      'AccountClosed',
      () => serve(world, acc, { b: [] }, { status: 'closed' }),
      /is closed/,
    ],
    [
      'whose dump is in a bucket that cannot exist',
      'PayloadImpossible',
      () =>
        serve(world, acc, { b: [] }, { payload: { messages: { kind: 's3', bucket: 'B/', prefix: 'p' } } }),
      /bucket/,
    ],
    [
      'with a brand twice',
      'PayloadImpossible',
      () =>
        serve(
          world,
          acc,
          {},
          { payload: { brands: ['x', 'x'].map((brand_id) => ({ brand_id, name: '', channels: [] })) } },
        ),
      /brand x twice/,
    ],
    [
      'with a payload of another shape',
      'PayloadImpossible',
      () => serve(world, acc, {}, { payload: { brands: [{ brand_id: 'x', name: 'secret', channels: 7 }] } }),
      /\/brands\/0\/channels must be array/,
    ],
    [
      'that Conversations does not have',
      'AccountUnknown',
      () => world.conversations.remove(acc),
      /no account/,
    ],
  ];
  for (const [what, type, arrange, message] of impossible) {
    test(`${what} is a brand-failure that says so, and is not tried again by itself`, async () => {
      await world.store.prisma.account.create({ data: { sourceId: acc, name: 'x' } });
      await transaction(world.store.control, 'test', (tx) => statuses.beginStart(tx, acc, 'app'));
      arrange();
      expect(await failing()).toMatchObject({
        type,
        nonRetryable: true,
        message: expect.stringMatching(message) as string,
      });
      expect((await statusesOf(world, acc)).status).toBe('brand-failure');
      expect(await account()).toMatchObject({
        failure: { type, times: 1, message: expect.stringMatching(message) as string },
      });
      expect(JSON.stringify(await account())).not.toContain('secret');
    });
  }

  test('can be started once it is corrected', async () => {
    await world.store.prisma.account.create({ data: { sourceId: acc, name: 'x' } });
    serve(world, acc, {});
    await failing();
    serve(world, acc, { [`b-${acc}`]: [] });
    await world.calls.prepareMigration(migrationOf(acc));
    expect((await statusesOf(world, acc)).status).toBe('migrating');
    expect(await account()).not.toHaveProperty('failure');
  });

  test('keeps its status while Conversations fails or is busy, and is retried', async () => {
    serve(world, acc, { [`b-${acc}`]: [] });
    await world.store.prisma.account.create({ data: { sourceId: acc, name: 'x' } });
    await transaction(world.store.control, 'test', (tx) => statuses.beginStart(tx, acc, 'app'));
    world.conversations.setFault('payload', { kind: 'ill', times: 1 });
    expect(await failing()).toMatchObject({ type: 'SourceUnavailable', nonRetryable: false });
    world.conversations.setFault('payload', { kind: 'busy', retryAfterSeconds: 7, times: 1 });
    expect(await failing()).toMatchObject({
      type: 'SourceThrottled',
      nonRetryable: false,
      nextRetryDelay: 7_000,
      category: 'BENIGN',
    });
    expect((await statusesOf(world, acc)).status).toBe('migrating');
    await noteAppPolls(world.store.pool, CONVERSATIONS, [acc]);
    expect(await world.calls.prepareMigration(migrationOf(acc))).toMatchObject({
      paused: false,
      awaited: true,
    });
  });
});
