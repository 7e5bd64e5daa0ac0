/** A page that follows an account with the hook for React; its address has the API, the account and the token. */

import { createElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '@carryover/client';
import { useMigration } from '@carryover/client/react';

const { api, account, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const client = createClient({ baseUrl: api, getToken: () => token });

function Move() {
  const { status, error } = useMigration(client, account);
  return createElement('p', undefined, `${status?.status ?? 'unknown'} ${error?.code ?? ''}`.trim());
}

// Strict mode mounts twice, as a real app does while it is developed.
createRoot(document.body.appendChild(document.createElement('main'))).render(
  createElement(StrictMode, undefined, createElement(Move)),
);
