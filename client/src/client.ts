import { type Clock, systemClock } from './clock.js';
import { CarryoverError, type Operation } from './errors.js';
import { type Answer, type Connection, type Fetch, type GetToken, send } from './http.js';
import { migrate, type MigrateOptions } from './migrate.js';
import type { Pauses } from './pauses.js';
import type { Account, MigrationStatus, StartedMigration } from './types.js';

export interface ClientOptions {
  /** The API's address, such as https://carryover.example. */
  readonly baseUrl: string;
  /**
   * Returns the user's token; asked before each call, so keep it. If the API refuses it (401), asked once more, with that token. `migrate` also repeats
   * calls whose `getToken` fails, because a device without a network can renew none: abort `migrate` when the user signs out.
   */
  readonly getToken: GetToken;
  /** Default: the platform's. */
  readonly fetch?: Fetch | undefined;
  /** How long a call may take. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Pauses before a failed migration is started again. Default: from 10 seconds to 15 minutes. */
  readonly restartPauses?: Pauses | undefined;
  /** Pauses before a call is repeated that got no answer. Default: from 1 to 30 seconds. */
  readonly retryPauses?: Pauses | undefined;
  /** Default: the platform's timers. */
  readonly clock?: Clock | undefined;
  /** From 0 to 1. Default: Math.random. */
  readonly random?: (() => number) | undefined;
}

export interface CallOptions {
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface CheckOptions extends CallOptions {
  /** The last answer: its ETag is sent, so that an unchanged status is not sent again. */
  readonly previous?: StatusAnswer | undefined;
}

export interface StatusAnswer {
  readonly status: MigrationStatus;
  readonly etag: string | undefined;
  /** When asking again makes sense. */
  readonly retryAfterSeconds: number;
  /** False if nothing has changed since `previous`. */
  readonly changed: boolean;
}

/** Every call throws CarryoverError. */
export interface CarryoverClient {
  /** The account with its brands and channels. The server asks Conversations about an account that it does not know. */
  getAccount(accountId: string, options?: CallOptions): Promise<Account>;
  /** The statuses of account, brands and channels. */
  checkStatus(accountId: string, options?: CheckOptions): Promise<StatusAnswer>;
  /** Starts the migration, or continues it after a failure. Idempotent. */
  startMigration(accountId: string, options?: CallOptions): Promise<StartedMigration>;
  /** Does all that an app has to do, until all messages are migrated. */
  migrate(accountId: string, options?: MigrateOptions): Promise<MigrationStatus>;
}

/** Without the header, which a proxy may drop. */
const POLL_SECONDS = 5;

export function createClient(options: ClientOptions): CarryoverClient {
  const {
    clock = systemClock,
    random = Math.random,
    restartPauses = { firstMs: 10_000, mostMs: 900_000 },
    retryPauses = { firstMs: 1_000, mostMs: 30_000 },
  } = options;
  const connection: Connection = {
    baseUrl: options.baseUrl.replace(/\/+$/, ''),
    getToken: options.getToken,
    // Looked up at each call: an app may load a polyfill later.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    timeoutMs: options.timeoutMs ?? 30_000,
    clock,
  };

  const client: CarryoverClient = {
    async getAccount(accountId, { signal } = {}) {
      const operation = 'getAccount';
      const path = `/v2/accounts/${encodeURIComponent(accountId)}`;
      const answer = await send(connection, { operation, accountId, path, signal });
      assertFields(answer, operation, accountId, { migration_status: 'string', brands: 'object' });
      return answer.body as Account;
    },

    async checkStatus(accountId, { signal, previous } = {}) {
      const operation = 'checkStatus';
      const path = `/v2/check-migration-status?account_id=${encodeURIComponent(accountId)}`;
      const headers = previous?.etag === undefined ? undefined : { 'if-none-match': previous.etag };
      const answer = await send(connection, { operation, accountId, path, headers, signal });
      const retryAfterSeconds = Math.max(1, answer.retryAfterSeconds ?? POLL_SECONDS);
      if (answer.status === 304 && previous !== undefined)
        return { ...previous, retryAfterSeconds, changed: false };
      assertFields(answer, operation, accountId, { status: 'string', brands: 'object', channels: 'object' });
      const status = answer.body as MigrationStatus;
      // A proxy may have dropped the ETag.
      const changed = JSON.stringify(status) !== JSON.stringify(previous?.status);
      return { status, etag: answer.etag, retryAfterSeconds, changed };
    },

    async startMigration(accountId, { signal } = {}) {
      const operation = 'startMigration';
      const body = { account_id: accountId };
      const path = '/v2/start-migration';
      const answer = await send(connection, { operation, accountId, path, body, signal });
      assertFields(answer, operation, accountId, { migration_status: 'string' });
      return answer.body as StartedMigration;
    },

    migrate: (accountId, migrateOptions = {}) =>
      migrate({ client, clock, random, restartPauses, retryPauses }, accountId, migrateOptions),
  };
  return client;
}

/** Throws if the answer's body lacks one of these fields: whatever stands between app and server may answer instead of it. */
function assertFields(
  { status, body }: Answer,
  operation: Operation,
  accountId: string,
  fields: Readonly<Record<string, 'string' | 'object'>>,
): void {
  const found = (body ?? {}) as Readonly<Record<string, unknown>>;
  const isExpected = Object.keys(fields).every(
    (field) => found[field] !== null && typeof found[field] === fields[field],
  );
  if (isExpected) return;
  throw new CarryoverError('unexpected-answer', `the answer is ${status}, but not of Carryover.`, {
    operation,
    accountId,
    status,
  });
}
