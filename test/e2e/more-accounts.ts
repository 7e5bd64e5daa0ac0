import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import { type Carryover, until } from './carryover.js';

export interface Status {
  readonly status: string;
  readonly brands: Readonly<Record<string, string>>;
  readonly channels: Readonly<Record<string, string>>;
}

export async function statusOf({ call }: Carryover, accountId: string): Promise<Status> {
  const { status, body } = await call('GET', `/v2/check-migration-status?account_id=${accountId}`);
  if (status !== 200) throw new Error(`the status of ${accountId} was answered with ${status}`);
  return body as Status;
}

/** What operators are shown of the account. */
export async function viewOf({ call }: Carryover, accountId: string): Promise<MigrationView> {
  const { status, body } = await call('GET', `/v2/migrations/${accountId}`);
  if (status !== 200)
    throw new Error(`the view of ${accountId} was answered with ${status}: ${JSON.stringify(body)}`);
  return body as MigrationView;
}

export async function startMigration({ call }: Carryover, accountId: string) {
  return call('POST', '/v2/start-migration', { account_id: accountId });
}

/** Waits until the account's status is this word; answers the whole status. */
export async function untilStatus(carryover: Carryover, accountId: string, word: string): Promise<Status> {
  let seen: Status | undefined;
  await until(async () => (seen = await statusOf(carryover, accountId)).status === word).catch(
    (error: unknown) => {
      throw new Error(`${accountId} is ${JSON.stringify(seen)} and never became ${word}`, { cause: error });
    },
  );
  return seen as Status;
}

const allReady = ({ channels }: Status): boolean =>
  Object.values(channels).every((channel) => channel === 'ready');

/** All messages are here, and every channel is ready. */
export async function untilDone(carryover: Carryover, accountId: string): Promise<Status> {
  await untilStatus(carryover, accountId, 'all-messages-migrated');
  let seen: Status | undefined;
  await until(async () => allReady((seen = await statusOf(carryover, accountId))));
  return seen as Status;
}

/** As `untilDone`; answers every status that the account was seen with on the way. */
export async function statusesUntilDone(
  carryover: Carryover,
  accountId: string,
): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  await until(async () => {
    const now = await statusOf(carryover, accountId);
    seen.add(now.status);
    return now.status === 'all-messages-migrated' && allReady(now);
  });
  return seen;
}
