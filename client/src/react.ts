import { useCallback, useEffect, useState } from 'react';
import type { CarryoverClient } from './client.js';
import type { MigrationStatus } from './types.js';

export interface MigrationState {
  /** The last known status; undefined until the first one is known. */
  readonly status: MigrationStatus | undefined;
  /** Why the migration is no longer followed. A lost connection is none: it is waited for. */
  readonly error: unknown;
  /** Follows again after an error. */
  readonly retry: () => void;
}

interface Followed {
  readonly client: unknown;
  readonly accountId: unknown;
  readonly status?: MigrationStatus;
  readonly error?: unknown;
}

/**
 * Migrates the account while the component is mounted, and renders it again with each change.
 * @param client must be the same object in each render
 * @param accountId undefined waits, as for a user who has not signed in
 */
export function useMigration(
  client: Pick<CarryoverClient, 'migrate'>,
  accountId: string | undefined,
): MigrationState {
  const [followed, setFollowed] = useState<Followed>({ client, accountId });
  const [retries, setRetries] = useState(0);

  useEffect(() => {
    if (accountId === undefined) return;
    const ending = new AbortController();
    const show = (news: Pick<Followed, 'status' | 'error'>): void => {
      if (ending.signal.aborted) return;
      setFollowed((last) => ({
        ...(last.client === client && last.accountId === accountId ? last : undefined),
        client,
        accountId,
        ...news,
      }));
    };
    client
      .migrate(accountId, { signal: ending.signal, onStatus: (status) => show({ status }) })
      .catch((error: unknown) => show({ error }));
    return () => ending.abort();
  }, [client, accountId, retries]);

  const retry = useCallback(() => {
    setFollowed((last) => ({ ...last, error: undefined }));
    setRetries((count) => count + 1);
  }, []);
  // What belongs to another account is not shown until the effect has replaced it.
  const isCurrent = followed.client === client && followed.accountId === accountId;
  return {
    status: isCurrent ? followed.status : undefined,
    error: isCurrent ? followed.error : undefined,
    retry,
  };
}
