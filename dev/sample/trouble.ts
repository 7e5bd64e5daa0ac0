import type { Carrier } from './carrier.js';
import type { LooseItem } from './contract.js';
import type { ConversationsService } from './conversations-service.js';
import { sampleDocumentClient, writeAll, type SeedTarget } from './dynamodb.js';
import { generateAccount, portedNumbers, type SampleAccount } from './generator/account.js';
import type { PlantedRecord } from './generator/dirt/names.js';
import type { SampleOptions } from './generator/options.js';
import type { AccountSize } from './world-state.js';

/** The seeds of the two accounts in docs/operators.md: acc_7, which has many faults, and acc_8, which is closed. */
export const TROUBLE_SEEDS = { troubled: 7, closed: 8 } as const;

const GONE_FILES = 3;
const REFUSAL = 'not portable';

type Base = Pick<SampleOptions, 'now' | 'attachmentsBaseUrl'>;

/** An account with invalid records beside valid messages, 20,000 unless `size` says otherwise. */
export function troubledAccount(base: Base, size: AccountSize = {}): SampleAccount {
  return generateAccount({
    threads: 1_000,
    messages: 20_000,
    ...size,
    ...base,
    seed: TROUBLE_SEEDS.troubled,
    brands: 2,
    portedNumbers: 3,
    dirt: {
      'wrong-type-thread-attribute': 1,
      'no-thread-record': 1,
      'missing-attribute': 1,
      'wrong-type-attribute': 1,
    },
  });
}

export function closedAccount(base: Base): SampleAccount {
  const account = generateAccount({
    ...base,
    seed: TROUBLE_SEEDS.closed,
    brands: 1,
    threads: 10,
    messages: 20,
  });
  return { ...account, account: { ...account.account, status: 'closed' } };
}

export interface Troubled {
  readonly account: SampleAccount;
  readonly closed: SampleAccount;
  readonly conversations: ConversationsService;
  readonly carrier: Carrier;
}

/** Makes the carrier refuse a number, removes three files, and closes acc_8. */
export function makeTrouble({ account, closed, conversations, carrier }: Troubled): void {
  const [number] = portedNumbers(account);
  if (number !== undefined) carrier.setBehaviour(number, { refuse: REFUSAL });
  conversations.gone = new Set(firstAttachments(account));
  conversations.put(closed);
}

/** Fixes what people could: lets the number be ported, restores the files, reopens acc_8, and corrects two records. */
export async function endTrouble(trouble: Troubled, target: SeedTarget): Promise<void> {
  const { account, closed, conversations, carrier } = trouble;
  const [number] = portedNumbers(account);
  if (number !== undefined) carrier.setBehaviour(number, {});
  conversations.gone = new Set();
  conversations.put({ ...closed, account: { ...closed.account, status: 'active' } });
  const client = sampleDocumentClient(target);
  try {
    const thread = plantedRecord(account, 'wrong-type-thread-attribute');
    if (thread) await writeAll(client, 'threads', [{ ...thread, kind: kindFor(String(thread['c2'])) }]);
    const message = plantedRecord(account, 'missing-attribute');
    if (message) await writeAll(client, 'messages', [{ ...message, direction: 'in' }]);
  } finally {
    client.destroy();
  }
}

function firstAttachments(account: SampleAccount): string[] {
  const found: string[] = [];
  for (const { attachments } of account.messages()) {
    if (!Array.isArray(attachments)) continue;
    found.push(...(attachments as { attachment_id: string }[]).map((each) => each.attachment_id));
    if (found.length >= GONE_FILES) break;
  }
  return found.slice(0, GONE_FILES);
}

function plantedRecord(account: SampleAccount, dirt: PlantedRecord['dirt']): LooseItem | undefined {
  const planted = account.planted.find((each) => each.dirt === dirt);
  if (planted === undefined) return undefined;
  const [hash, range] =
    planted.table === 'threads' ? ['brand_id', 'thread_id'] : ['thread_id', 'message_key'];
  for (const record of account[planted.table]()) {
    if (`${String(record[hash ?? ''])}/${String(record[range ?? ''])}` === planted.key) return record;
  }
  return undefined;
}

function kindFor(contact: string): string {
  if (contact.startsWith('+')) return 'sms';
  return contact.includes('@') ? 'email' : 'chat';
}
