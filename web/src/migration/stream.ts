import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { migrationQuery, ofMigration } from '../api/queries.js';
import type { MigrationRef, MigrationView } from '../api/types.js';
import { browserClock } from '../clock.js';
import { Stream } from '../live/stream.js';
import { soon } from '../live/soon.js';
import { record } from './plots/history.js';

/** Each reading is several statements and a question to Temporal; the view has the figures each second. */
const EVERY_MS = 2_000;

/** Follows one migration: its view comes by the stream, and what belongs to it is read again when it has changed. */
export function useMigrationStream({ kind, key }: MigrationRef): void {
  const client = useQueryClient();
  useEffect(() => {
    const of = { kind, key };
    const path = [kind, 'migrations', key, 'events'].map(encodeURIComponent).join('/');
    // The view comes by the stream; what is still being read is not asked for anew.
    const others = soon(EVERY_MS, () => {
      const predicate = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey.at(-1) !== 'view';
      void client.invalidateQueries({ queryKey: ofMigration(of), predicate }, { cancelRefetch: false });
    });
    const stream = new Stream(
      `/v2/kinds/${path}`,
      {
        onEvent({ event, data }) {
          if (event !== 'migration') return;
          client.setQueryData(migrationQuery(of).queryKey, JSON.parse(data) as MigrationView);
          others.ask();
        },
        // The page's own stream tells about the connection.
        onState: () => undefined,
      },
      browserClock,
    );
    return () => {
      stream.close();
      others.stop();
    };
  }, [client, kind, key]);
  useEffect(() => record(client, { kind, key }), [client, kind, key]);
}
