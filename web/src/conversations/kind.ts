import { lazy } from 'react';
import { answer, api } from '../api/client.js';
import type { WebKind } from '../kinds.js';
import { accountOf } from './view.js';
import { remedyOf } from './remedies.js';

const accountPath = (key: string) => ({ params: { path: { account_id: key } } });

export const conversations: WebKind = {
  items: 'messages',
  part: 'channel',
  subjects: 'accounts',
  start: {
    key: 'Account id',
    explains:
      'Imports the account’s messages of the last days first, then all others. A start after a failure continues where it stopped; a second start changes nothing.',
    async call(account_id) {
      const started = await answer(api.POST('/v2/start-migration', { body: { account_id } }));
      return 'failure' in started ? started.failure?.message : undefined;
    },
  },
  actions: [
    {
      name: 'Start again',
      explains:
        'Starts the brands that failed or were cancelled. Migrated brands are kept and are not read again.',
      needs: 'steer',
      applies: ({ status }, view) =>
        /failure|^none$|^pending$/.test(status) || accountOf(view).cancelled !== null,
      call: (account_id) => answer(api.POST('/v2/start-migration', { body: { account_id } })),
    },
    {
      of: 'finish',
      name: 'Finish',
      explains:
        'Compares everything with the source once more, repairs what differs, and then ends following: later changes at the source are no longer imported.',
      needs: 'steer',
      applies: ({ status }, view) =>
        status === 'all-messages-migrated' && accountOf(view).following.until === null,
      call: (key) => answer(api.POST('/v2/migrations/{account_id}/finish', accountPath(key))),
    },
    {
      of: 'reset',
      name: 'Reset',
      explains:
        'Deletes everything that the migration created in the helpdesk, revokes its certificate, and starts again from the beginning. This cannot be undone.',
      danger: true,
      final: true,
      needs: 'reset',
      applies: () => true,
      call: (account_id) => answer(api.POST('/v2/reset-migration', { body: { account_id } })),
    },
  ],
  tabs: [
    {
      id: 'quarantine',
      name: 'Quarantine',
      count(view) {
        const { threads, messages, waived } = accountOf(view).quarantined;
        return threads + messages - waived;
      },
      Panel: lazy(() => import('./quarantine.js')),
    },
    {
      id: 'attachments',
      name: 'Attachments',
      count: (view) => accountOf(view).attachments.failed,
      Panel: lazy(() => import('./attachments.js')),
    },
    {
      id: 'verification',
      name: 'Verification',
      count: (view) => (accountOf(view).unequal_verification === null ? 0 : 1),
      Panel: lazy(() => import('./verification.js')),
    },
  ],
  Aside: lazy(() => import('./aside.js')),
  temporal: (view) => accountOf(view).links.temporal,
  remedy: remedyOf,
};
