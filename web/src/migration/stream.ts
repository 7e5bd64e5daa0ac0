import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { migrationQuery, ofMigration } from '../api/queries.js';
import type { MigrationRef, MigrationView } from '../api/types.js';
import { browserClock } from '../clock.js';
import { Stream } from '../live/stream.js';
import { record } from './history.js';

/** Follows one migration: its view comes by the stream, and what belongs to it is read again when it has changed. */
export function useMigrationStream({ kind, key }: MigrationRef): void {
  const client = useQueryClient();
  useEffect(() => {
    const of = { kind, key };
    const path = [kind, 'migrations', key, 'events'].map(encodeURIComponent).join('/');
    const stream = new Stream(
      `/v2/kinds/${path}`,
      {
        onEvent({ event, data }) {
          if (event !== 'migration') return;
          client.setQueryData(migrationQuery(of).queryKey, JSON.parse(data) as MigrationView);
          void client.invalidateQueries({
            queryKey: ofMigration(of),
            // The view has just come.
            predicate: ({ queryKey }) => queryKey.at(-1) !== 'view',
          });
        },
        // The page's own stream tells about the connection.
        onState: () => undefined,
      },
      browserClock,
    );
    return () => stream.close();
  }, [client, kind, key]);
  useEffect(() => record(client, { kind, key }), [client, kind, key]);
}
