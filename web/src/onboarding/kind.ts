import { answer, api } from '../api/client.js';
import type { WebKind } from '../kinds.js';

/** Users who are migrated or rolled back; who failed has the reason as its part. */
export const onboarding: WebKind = {
  items: 'users',
  part: 'reason',
  actions: [],
  tabs: [],
  remedy: ({ key }) => ({
    name: 'Try all that failed again',
    call: () =>
      answer(
        api.POST('/v2/kinds/{kind}/migrations/{key}/retry', {
          params: { path: { kind: 'onboarding', key } },
        }),
      ),
  }),
};
