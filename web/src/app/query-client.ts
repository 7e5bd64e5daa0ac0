import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem, mayPass } from '../api/problems.js';
import { sessionQuery } from './session.js';

const TRIES = 3;

/** Calls that may pass are tried again; one that finds the session ended leads to the sign-in. */
export function createQueryClient(): QueryClient {
  const onError = (error: unknown): void => {
    if (error instanceof ApiProblem && error.status === 401) void client.invalidateQueries(sessionQuery);
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // A browser that takes itself for offline may well reach an API on its own machine.
        networkMode: 'always',
        retry: (failures, error) => failures < TRIES && mayPass(error),
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        staleTime: 2_000,
      },
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}
