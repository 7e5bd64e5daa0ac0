import { conversationsKind } from '../../api/conversations/kind.js';
import { type Explained, explainer } from '../../api/engine/operations/explain/explain.js';
import { systemClock } from '../../gateways/clock.js';
import type { Store } from '../../gateways/store/sql/connect.js';

/** Why an account waits, as far as the store knows: for tests without Temporal. */
export function explainedInStore(store: Store, accountId: string): Promise<Explained> {
  const temporal = { describe: () => Promise.reject(new Error('There is no Temporal here.')) };
  const nobody = () => Promise.reject(new Error('There is no Conversations here.'));
  const conversations = {
    isBusy: false,
    clock: systemClock,
    getAccount: nobody,
    getMigrationPayload: nobody,
    close: async () => undefined,
  };
  const kind = conversationsKind({ store, clock: systemClock, conversations, links: { namespace: 'none' } });
  return explainer({ store, temporal, clock: systemClock })(kind, accountId);
}
