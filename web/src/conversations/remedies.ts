import { answer, api } from '../api/client.js';
import type { Failure } from '../api/types.js';

/** The button for what a failure's command does; what must be done elsewhere has none. */
export function remedyOf(failure: Failure): { name: string; call(): Promise<unknown> } | undefined {
  const { kind, key, id } = failure;
  const path = { account_id: key };
  switch (kind) {
    case 'brand':
    case 'recent-messages':
    case 'remaining-messages':
      return {
        name: 'Start again',
        call: () => answer(api.POST('/v2/start-migration', { body: { account_id: key } })),
      };
    case 'attachments':
      return {
        name: 'Fetch failed files again',
        call: () =>
          answer(api.POST('/v2/migrations/{account_id}/attachments/retry', { params: { path }, body: {} })),
      };
    case 'quarantine':
      return {
        name: 'Read it again',
        call: () =>
          answer(
            api.POST('/v2/migrations/{account_id}/quarantine/retry', {
              params: { path },
              body: { records: [id] },
            }),
          ),
      };
    case 'verification':
      return {
        name: 'Verify and repair',
        call: () =>
          answer(
            api.POST('/v2/kinds/{kind}/migrations/{key}/verify', {
              params: { path: { kind: 'conversations', key } },
              body: { repair: true },
            }),
          ),
      };
    default:
      return undefined;
  }
}
