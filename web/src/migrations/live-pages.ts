import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type ListFilter, migrationsQuery } from '../api/queries.js';
import { useLive } from '../live/live.js';
import { soon } from '../live/soon.js';

const EVERY_MS = 2_000;
/** Pages beyond these are read less often. */
const FREE_PAGES = 2;

/** Reads the loaded pages again after changes, the less often the more there are. */
export function useLivePages(filter: ListFilter, pages: number): void {
  const client = useQueryClient();
  const { onChange } = useLive();
  useEffect(() => {
    const reading = soon(EVERY_MS * Math.max(1, pages / FREE_PAGES), () => {
      void client.invalidateQueries({ queryKey: migrationsQuery(filter).queryKey }, { cancelRefetch: false });
    });
    const end = onChange(() => reading.ask());
    return () => {
      end();
      reading.stop();
    };
  }, [client, filter, onChange, pages]);
}
