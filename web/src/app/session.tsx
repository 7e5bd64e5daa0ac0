import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useCallback, useContext } from 'react';
import { answer, api, keepCsrfToken } from '../api/client.js';
import { ApiProblem } from '../api/problems.js';
import type { Session } from '../api/types.js';

/** Somebody, or the ways in which one can sign in here. */
export type SessionState =
  { readonly session: Session } | { readonly session: undefined; readonly ways: readonly string[] };

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  async queryFn(): Promise<SessionState> {
    try {
      const session = await answer(api.GET('/session'));
      keepCsrfToken(session.csrf_token);
      return { session };
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      return { session: undefined, ways: error.ways };
    }
  },
  staleTime: Infinity,
});

export const SessionContext = createContext<Session | undefined>(undefined);

/** Whoever is signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('useSession is used by a screen that needs no session.');
  return session;
}

/** Operators and administrators steer; a service may only start and reset. The API decides again. */
export function useMay(): { readonly steer: boolean; readonly reset: boolean } {
  const { role } = useSession();
  return { steer: role === 'operator' || role === 'admin', reset: role === 'service' || role === 'admin' };
}

export function useSessionState() {
  return useQuery(sessionQuery);
}

/** Signs in with a token or a code that works once. Throws ApiProblem. */
export function useSignIn() {
  const client = useQueryClient();
  return useCallback(
    async (by: { token: string } | { code: string }) => {
      const session = await answer(api.POST('/session', { body: by }));
      keepCsrfToken(session.csrf_token);
      client.setQueryData(sessionQuery.queryKey, { session });
    },
    [client],
  );
}

export function useSignOut() {
  const client = useQueryClient();
  const { ways } = useSession();
  return useCallback(async () => {
    await answer(api.DELETE('/session'));
    const nobody: SessionState = { session: undefined, ways };
    client.setQueryData(sessionQuery.queryKey, nobody);
    // Whoever signs in next must not see what this one has read.
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
  }, [client, ways]);
}
