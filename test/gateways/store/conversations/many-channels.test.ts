import { NOT_STARTED } from '../../../../domain/engine/steering.js';
import pg from 'pg';
import { describe, expect, test, vi } from 'vitest';
import type { SourceChannel } from '../../../../domain/conversations/source-channel.js';
import { provisionChannels } from '../../../../gateways/store/conversations/account/channels.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import type { ChannelMigration } from '../../../../gateways/store/conversations/status/migration-columns.js';
import { followPorts } from '../../../../gateways/store/conversations/account/porting-channels.js';
import { StatusDraft } from '../../../../gateways/store/conversations/status/status-draft.js';
import * as statuses from '../../../../gateways/store/conversations/status/statuses.js';
import { freshStore } from '../fresh-store.js';
import type { FreshStore } from '../fresh-store.js';
import { addRows, makePending } from '../world.js';
import { forThisFile } from '../../../support/for-this-file.js';

let store: FreshStore;
forThisFile(freshStore, (opened) => (store = opened));

const FEW = 30;
const MANY = 3_000;

const channelsOf = (account: string, many: number): SourceChannel[] =>
  Array.from({ length: many }, (_, line) => ({
    channelId: `${account}_${line}`,
    type: 'sms',
    name: `Line ${line}`,
    phoneNumber: `+1${account}${2_000_000 + line}`,
    port: true,
    mistakes: [],
  }));

/** The statements of one provisioning, in order, and how many parameters the largest of them has. */
async function provision(account: string, many: number) {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  const ids = { accountId: account, brandId: `${account}_b` };
  const made = await provisionChannels(store, ids, channelsOf(account, many));
  const statements = (query.mock.calls as unknown[][]).flatMap(([statement]) =>
    typeof statement === 'object' ? [statement as { text: string; values?: unknown[] }] : [],
  );
  query.mockRestore();
  return {
    made,
    statements: statements.map(({ text }) => text.trim().slice(0, 60)),
    parameters: Math.max(...statements.map(({ values }) => values?.length ?? 0)),
  };
}

async function startedAccount(account: string): Promise<void> {
  await addRows(store, account, { [`${account}_b`]: [] });
  await transaction(store.control, 'test', (tx) => makePending(tx, account));
  await transaction(store.control, 'test', (tx) => statuses.beginStart(tx, account, 'tester'));
}

/** Changed by a transaction: each has the row version that its last writer has left. */
async function versions(account: string): Promise<string[]> {
  const { rows } = await store.pool.query<{ xmin: string }>(
    'SELECT xmin::text FROM channels WHERE source_id LIKE $1 ORDER BY id',
    [`${account}\\_%`],
  );
  return rows.map(({ xmin }) => xmin);
}

describe("A brand's channels", () => {
  test('take the same few statements for any number, none of them with a parameter for each', async () => {
    for (const account of ['415', '416']) await startedAccount(account);
    const few = await provision('415', FEW);
    const many = await provision('416', MANY);
    expect(few.statements.length).toBeGreaterThan(5);
    expect(many.statements).toEqual(few.statements);
    expect(many.parameters).toBe(few.parameters);
    expect(many.parameters).toBeLessThan(FEW);
    expect(many.made?.portingChannelIds).toEqual(channelsOf('416', MANY).map(({ channelId }) => channelId));
  });

  test('that equal the payload are not written again', async () => {
    const before = await versions('416');
    expect(before).toHaveLength(MANY);
    const again = await provision('416', MANY);
    expect(again.made?.portingChannelIds).toHaveLength(MANY);
    expect(await versions('416')).toEqual(before);
  });
});

describe('Ports', () => {
  test('are followed, and their failures recorded, in one scan of the channels, for any number of ports', () => {
    let looks = 0;
    const channels = Array.from({ length: MANY }, (_, line) => ({
      rowId: BigInt(line),
      channelId: `ch_${line}`,
      get phoneNumber() {
        looks += 1;
        return `+1${line}`;
      },
      migration: { status: 'migrating', port: true } as ChannelMigration,
    }));
    const brand = { rowId: 1n, brandId: 'br', migration: undefined, channels };
    const draft = new StatusDraft('acc', 1n, 'Lakeside', undefined, NOT_STARTED, [brand], {});
    const patches = vi.spyOn(draft, 'patchBrand');
    const portOf = (line: number) =>
      ({ status: line % 2 ? 'refused' : 'submitted', isCatchingUp: false }) as const;
    followPorts(draft, new Map(channels.map((_, line) => [`+1${line}`, portOf(line)])));
    expect(looks).toBeLessThanOrEqual(3 * MANY);
    expect(patches).toHaveBeenCalledTimes(1);
    expect(channels.map(({ migration }) => migration.status)).toEqual(
      channels.map((_, line) => (line % 2 ? 'failure' : 'porting')),
    );
    expect(Object.keys(patches.mock.calls[0]![1].failedPorts ?? {})).toHaveLength(MANY / 2);
  });
});
