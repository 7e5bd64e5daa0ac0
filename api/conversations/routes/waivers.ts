import { migrationOf } from '../../../domain/conversations/migration.js';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type AuditedAction, addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import {
  haveWaiversCertified,
  revokeWaivers,
  waiveRecords,
} from '../../../gateways/store/conversations/quarantine/waivers.js';
import { lockForRetry } from '../operations/ask-for.js';
import { askerOf } from '../../engine/operations/asker.js';
import { type QuarantineChoice, mustChoose } from '../operations/quarantine-choice.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';
import { RevokeWaiverBody, WaiveBody, Waived } from '../schemas/quarantine.js';

const answers = {
  200: { description: 'Done.', content: { 'application/json': { schema: Waived } } },
  ...problems(...GUARDED_BODY, 409),
};
const OPERATORS_ONLY = { config: { access: OPERATORS, rateLimit: {} } };

/** Records that stay out because somebody has decided so. */
export const waivers: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.post(
    '/migrations/:account_id/quarantine/waive',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'waiveQuarantined',
        tags: ['operators'],
        summary: 'Leaves quarantined records out for good: they need no person any more',
        description:
          'They stay where they are, are counted apart, and a current certificate is made anew that says who waived them and why. ' +
          'The waiver ends when a record is taken after all, or is revoked.',
        params: AccountIdParameter,
        body: WaiveBody,
        response: answers,
      },
    },
    (request) => {
      const { reason, ...choice } = request.body;
      return change(request, request.params.account_id, choice, { action: 'waive-quarantined', reason });
    },
  );

  app.post(
    '/migrations/:account_id/quarantine/revoke-waiver',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'revokeQuarantineWaiver',
        tags: ['operators'],
        summary: 'Takes waivers back: the records need a person again',
        params: AccountIdParameter,
        body: RevokeWaiverBody,
        response: answers,
      },
    },
    (request) => change(request, request.params.account_id, request.body, { action: 'revoke-waivers' }),
  );

  async function change(
    request: FastifyRequest,
    accountId: string,
    choice: QuarantineChoice,
    { action, reason }: { readonly action: AuditedAction; readonly reason?: string },
  ) {
    const asker = askerOf(request);
    const ids = await mustChoose(store, accountId, choice);
    const write = (tx: Transaction) =>
      reason === undefined
        ? revokeWaivers(tx, accountId, ids)
        : waiveRecords(tx, accountId, ids, { by: asker.subject, reason });
    const records = await transaction(store.control, 'waive-records', async (tx) => {
      await lockForRetry(tx, accountId);
      const changed = await write(tx);
      const details = {
        records: changed,
        ...chosenAs(choice, ids),
        ...(reason === undefined ? {} : { reason }),
      };
      await addAuditEntry(tx, { migration: migrationOf(accountId), action, ...asker.asActor, details });
      if (changed > 0) await haveWaiversCertified(tx, accountId, { by: asker.subject, at: asker.at });
      return changed;
    });
    await app.delivery.soon(DELIVERY_WAIT_MS);
    return { account_id: accountId, records };
  }
};

/** As the audit keeps it: the group, or the ids of some records. */
function chosenAs({ group }: QuarantineChoice, ids: readonly string[]) {
  return group === undefined ? { ids: ids.join(' ') } : { group };
}
