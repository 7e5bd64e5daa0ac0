import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useCallback } from 'react';
import { LiveProvider } from '../live/live.js';
import { ScreenError } from '../ui/screen/states.js';
import { SessionContext, sessionQuery, useSessionState } from './session.js';
import { Shell } from './shell.js';

const SignIn = lazy(() => import('../sign-in/screen.js'));

/** Screens are for those who are signed in; others sign in at the same address, and are then where they wanted to go. */
export function Root() {
  const state = useSessionState();
  const client = useQueryClient();
  const { pathname } = useLocation();
  const onSignedOut = useCallback(() => void client.invalidateQueries(sessionQuery), [client]);
  if (state.isError) return <ScreenError error={state.error} reset={() => void state.refetch()} />;
  if (state.data === undefined) return <div aria-busy="true" />;
  const { session } = state.data;
  if (session === undefined || pathname === '/sign-in') {
    return (
      <Suspense>
        <SignIn state={state.data} />
      </Suspense>
    );
  }
  return (
    <SessionContext value={session}>
      <LiveProvider onSignedOut={onSignedOut}>
        <Shell>
          <Outlet />
        </Shell>
      </LiveProvider>
    </SessionContext>
  );
}
