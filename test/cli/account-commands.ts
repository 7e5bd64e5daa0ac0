import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { BrandStatus } from '../../domain/conversations/statuses.js';
import { transaction } from '../../gateways/store/sql/transaction.js';
import { setBrandStatus } from '../../gateways/store/conversations/status/statuses.js';
import { startConversations, type TestConversations } from '../api/conversations-service.js';
import { type CommandWorld, commandWorld } from './command-world.js';

/** The command line over an API and a Conversations service that the tests of a file share; each test has an account of its own. */
export function accountCommands() {
  let world: CommandWorld;
  let conversations: TestConversations;
  let account: string;
  beforeAll(async () => {
    conversations = await startConversations();
    world = await commandWorld(conversations.url);
  });
  afterAll(async () => {
    await world?.close();
    await conversations?.close();
  });
  beforeEach(async () => {
    account = await world.addAccount();
    conversations.records.set(account, { name: 'Lakeside Dental' });
  });
  const carryover: CommandWorld['carryover'] = (...said) => world.carryover(...said);
  /** Brings the account's brand to this status. */
  const become = (status: BrandStatus) =>
    transaction(world.store.control, 'test', (tx) =>
      setBrandStatus(tx, { accountId: account, brandId: `${account}_br` }, status),
    );
  return {
    carryover,
    become,
    account: () => account,
    world: () => world,
    conversations: () => conversations,
  };
}
