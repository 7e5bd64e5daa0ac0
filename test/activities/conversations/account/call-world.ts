import { CONVERSATIONS, migrationOf } from '../../../../domain/conversations/migration.js';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { CallActivities } from '../../../../activities/conversations/types.js';
import { createCallActivities } from '../../../../activities/conversations/account/calls.js';
import type { Follow } from '../../../../activities/conversations/streams/index.js';
import { conversationsCalls } from '../../../../activities/conversations/kind.js';
import { createEngineCalls } from '../../../../activities/engine/activities.js';
import { withFailures } from '../../../../activities/engine/failures.js';
import type { EngineCalls } from '../../../../activities/engine/types.js';
import { carrierClient } from '../../../../gateways/carrier/client.js';
import { conversationsClient } from '../../../../gateways/conversations/client.js';
import { startCarrier } from '../../../../dev/sample/carrier.js';
import type { Carrier } from '../../../../dev/sample/carrier.js';
import { startConversationsService } from '../../../../dev/sample/conversations-service.js';
import type { ConversationsService } from '../../../../dev/sample/conversations-service.js';
import { PORT_OPEN, type PortingState } from '../../../../domain/conversations/porting.js';
import { transaction } from '../../../../gateways/store/sql/transaction.js';
import {
  type PortingCallback,
  recordCallback,
} from '../../../../gateways/store/conversations/account/porting-callbacks.js';
import { readPorting, settleCallback } from '../../../../gateways/store/conversations/account/portings.js';
import { lockAccount } from '../../../../gateways/store/conversations/status/status-writer.js';
import type { WorkflowStart } from '../../../../gateways/temporal/kind.js';
import { freshStore } from '../../../gateways/store/fresh-store.js';
import type { FreshStore } from '../../../gateways/store/fresh-store.js';
import { systemClock } from '../../../../gateways/clock.js';

export interface CallWorld {
  readonly store: FreshStore;
  readonly conversations: ConversationsService;
  readonly carrier: Carrier;
  readonly calls: CallActivities & EngineCalls;
  /** The logged facts, newest last. */
  readonly logged: object[];
  /** Ports whose workflow was started, in order. */
  readonly started: WorkflowStart['options'][];
  /** The calls to follow accounts, in order. */
  readonly followed: Parameters<Follow>[0][];
  clock: Date;
  close(): Promise<void>;
}

/** The calls over a real store, a real Conversations service and a real carrier whose orders move only when told. */
export async function callWorld(): Promise<CallWorld> {
  const store = await freshStore();
  const conversations = await startConversationsService({ token: 'c-token', accounts: [] });
  const carrier = await startCarrier({
    token: 'p-token',
    webhookSecrets: ['whsec_c2VjcmV0IG9mIHRlc3Rz'],
    schedule: 'manual',
  });
  const source = conversationsClient({ baseUrl: conversations.url, token: 'c-token' });
  const porter = carrierClient({ baseUrl: carrier.url, token: 'p-token' });
  const logged: object[] = [];
  const log = (facts: object): void => void logged.push(facts);
  const world: CallWorld = {
    store,
    conversations,
    carrier,
    logged,
    started: [],
    followed: [],
    clock: new Date('2026-06-30T12:00:00.000Z'),
    get calls() {
      return calls;
    },
    async close() {
      await Promise.all([source.close(), porter.close(), conversations.stop(), carrier.stop()]);
      await store.close();
    },
  };
  const logger = { info: log, warn: log, error: log };
  const dependencies = {
    store,
    conversations: source,
    carrier: porter,
    workflows: {
      start: async (starts: readonly WorkflowStart[]) =>
        void world.started.push(...starts.map(({ options }) => options)),
    },
    follow: async (account: Parameters<Follow>[0]) => void world.followed.push(account),
    publicUrl: 'http://127.0.0.1:9/',
    recentDays: 30,
    portingPollSeconds: 300,
    clock: { ...systemClock, now: () => world.clock.getTime() },
    logger,
    code: { version: '1.2.3', commit: null },
  };
  const calls = withFailures(
    {
      ...createCallActivities(dependencies),
      ...createEngineCalls(store.pool, { [CONVERSATIONS]: conversationsCalls(dependencies) }),
    },
    logger,
  );
  return world;
}

export interface ChannelWish {
  readonly channel_id: unknown;
  readonly type?: unknown;
  readonly name?: unknown;
  readonly phone_number?: unknown;
  readonly port_phone_number?: unknown;
}

/** Shows an account at Conversations with these brands and channels. */
export function serve(
  world: CallWorld,
  accountId: string,
  brands: Record<string, readonly ChannelWish[]>,
  changes: { status?: 'active' | 'closed'; account?: object; payload?: object } = {},
): void {
  const name = `Account ${accountId}`;
  world.conversations.put({
    account: { account_id: accountId, name, status: changes.status ?? 'active' },
    payload: {
      account: {
        account_id: accountId,
        name,
        email: null,
        locale: 'en-US',
        created_at: null,
        ...changes.account,
      },
      brands: Object.entries(brands).map(([brandId, channels]) => ({
        brand_id: brandId,
        name: `Brand ${brandId}`,
        website_url: 'https://lakeside.example',
        channels: channels.map((channel) => ({ type: 'sms', name: 'Line', ...channel })),
      })),
      messages: { kind: 'dynamodb' },
      ...changes.payload,
    },
  });
}

/** Prepares the account and provisions all of its brands, as a migration does. */
export async function provisionAll(
  world: CallWorld,
  accountId: string,
): Promise<{ porting: string[]; failures: string[] }> {
  const { units } = await world.calls.prepareMigration(migrationOf(accountId));
  const porting: string[] = [];
  const failures: string[] = [];
  for (const { unit: brandId } of units) {
    const provision = await world.calls.provisionBrand({ accountId, brandId });
    porting.push(...provision.portingChannelIds);
    failures.push(...provision.failures.map(({ message }) => message));
  }
  return { porting, failures };
}

/** One attempt to follow the port; returns the port's state after it. Throws the attempt's error unless it is that the port is open. */
export async function follow(
  world: CallWorld,
  ids: { accountId: string; channelId: string },
  soFarMs = 0,
): Promise<PortingState & { readonly askedInMs?: number }> {
  const tried = new MockActivityEnvironment({
    scheduledTimestampMs: 0,
    currentAttemptScheduledTimestampMs: soFarMs,
  });
  try {
    return await tried.run(world.calls.followPort, ids);
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || error.type !== PORT_OPEN) throw error;
    const { state } = (await readPorting(world.store, ids))!;
    return { ...state, askedInMs: Number(error.nextRetryDelay) };
  }
}

/** Records a callback as the API does. */
export async function callBack(
  world: CallWorld,
  { accountId, channelId }: { accountId: string; channelId: string },
  callback: Omit<PortingCallback, 'channelId'>,
): Promise<PortingState | undefined> {
  return transaction(world.store.control, 'test', async (tx) => {
    await lockAccount(tx, accountId);
    await recordCallback(tx, { ...callback, channelId });
    return settleCallback(tx, { accountId, channelId }, { ...callback, channelId });
  });
}

let lines = 0;

/** A phone number that no other test of the file uses. */
export const newNumber = (): string => `+1415555${String((lines += 1)).padStart(4, '0')}`;

export function channelRow(
  world: CallWorld,
  sourceId: string,
): Promise<{ phoneNumber: string | null; type: string; migration: unknown }> {
  return world.store.prisma.channel.findUniqueOrThrow({ where: { sourceId } });
}

export async function statusesOf(
  world: CallWorld,
  accountId: string,
): Promise<{ status: string; brands: Record<string, string>; channels: Record<string, string> }> {
  const row = await world.store.prisma.statusDocument.findUniqueOrThrow({
    where: { kind_subject: migrationOf(accountId) },
  });
  return JSON.parse(row.document) as never;
}

/** All rows that provisioning makes, in an order that does not depend on time. */
export async function rowsOf(world: CallWorld): Promise<unknown> {
  const { rows } = await world.store.pool.query(`
    SELECT a.source_id AS account, b.source_id AS brand, b.name AS brand_name, c.source_id AS channel, c.type, c.name,
      c.phone_number, c.migration ->> 'status' AS status, p.phone_number AS leads, p.status AS port, p.port_order_id
    FROM accounts a JOIN brands b ON b.account_id = a.id LEFT JOIN channels c ON c.brand_id = b.id
    LEFT JOIN phone_portings p ON p.channel_id = c.id ORDER BY 1, 2, 4, 9`);
  return rows;
}
