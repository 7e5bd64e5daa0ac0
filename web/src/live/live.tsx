import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { ofMigration, summaryQuery } from '../api/queries.js';
import type { MigrationRef, Summary } from '../api/types.js';
import { browserClock } from '../clock.js';
import { type LiveState, Stream } from './stream.js';

type OnChange = (changed: MigrationRef) => void;

interface Live {
  readonly state: LiveState;
  retryNow(): void;
  /** Calls for every migration that has changed; the answer ends it. */
  onChange(call: OnChange): () => void;
}

const Context = createContext<Live | undefined>(undefined);

export function useLive(): Live {
  const live = useContext(Context);
  if (live === undefined) throw new Error('useLive is used outside of LiveProvider.');
  return live;
}

/** One stream for the whole page. While it is live nothing is polled; once it is back after a loss, everything shown is read again. */
export function LiveProvider({ children, onSignedOut }: { children: ReactNode; onSignedOut: () => void }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>({ is: 'connecting' });
  const stream = useRef<Stream>(undefined);
  const listeners = useRef(new Set<OnChange>());

  useEffect(() => {
    let wasLive = false;
    const opened = new Stream(
      '/v2/events',
      {
        onEvent: ({ event, data }) => receive(client, listeners.current, event, data),
        onState(next) {
          setState(next);
          if (next.is === 'signed-out') onSignedOut();
          if (next.is !== 'live') return;
          if (wasLive) void client.invalidateQueries();
          wasLive = true;
        },
      },
      browserClock,
    );
    stream.current = opened;
    return () => opened.close();
  }, [client, onSignedOut]);

  const onChange = useCallback((call: OnChange) => {
    const { current } = listeners;
    current.add(call);
    return () => current.delete(call);
  }, []);
  const retryNow = useCallback(() => stream.current?.retryNow(), []);
  const live = useMemo<Live>(() => ({ state, retryNow, onChange }), [state, retryNow, onChange]);
  return <Context value={live}>{children}</Context>;
}

function receive(
  client: QueryClient,
  listeners: ReadonlySet<OnChange>,
  event: string | undefined,
  data: string,
): void {
  if (event === 'summary') client.setQueryData(summaryQuery.queryKey, JSON.parse(data) as Summary);
  // More has changed than the API remembers.
  if (event === 'missed') void client.invalidateQueries();
  if (event !== 'changed') return;
  const changed = JSON.parse(data) as MigrationRef;
  // The screen of that migration reads it again by itself; others find it stale when they are opened.
  void client.invalidateQueries({ queryKey: ofMigration(changed), refetchType: 'none' });
  for (const call of listeners) call(changed);
}
