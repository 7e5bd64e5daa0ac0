import { type SeedTarget, seedDynamoDB } from './dynamodb.js';
import { generateAccount, type SampleAccount } from './generator/account.js';
import type { SampleOptions } from './generator/options.js';
import type { SampleWorld } from './main.js';

/** One more account in the world: its records in DynamoDB, and known to Conversations. */
export async function addAccount(
  { source, world }: { readonly source: SeedTarget; readonly world: SampleWorld },
  options: Omit<SampleOptions, 'now' | 'attachmentsBaseUrl'>,
): Promise<SampleAccount> {
  const { now, attachmentsBaseUrl } = world.account.options;
  const account = generateAccount({ ...options, now, attachmentsBaseUrl });
  await seedDynamoDB(source, [account]);
  world.conversations.put(account);
  return account;
}
