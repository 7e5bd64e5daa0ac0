import { migrationOf } from '../../../domain/conversations/migration.js';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type AuditedAction, addAuditEntry } from '../../../gateways/store/migrations/audit.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import {
  requestWaiverCertificate,
  revokeWaivers,
  waiveRecords,
} from '../../../gateways/store/conversations/quarantine/waivers.js';
import { lockForRetry } from '../operations/ask-for.js';
import { askerOf } from '../../engine/operations/asker.js';
import { type QuarantineChoice, mustChoose } from '../operations/quarantine/choice.js';
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

/** Waives quarantined records, so that they stay out for good, and revokes waivers. */
export const waivers: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.post(
    '/migrations/:account_id/quarantine/waive',
    {
      ...OPERATORS_ONLY,
      schema: {
        operationId: 'waiveQuarantined',
        tags: ['operators'],
        summary: 'Waives quarantined records: they stay out for good and no longer need a person',
        description:
          'The records stay in quarantine and are counted separately. A current certificate is renewed and states who waived them and why. ' +
          'A waiver ends when the record is imported after all, or when it is revoked. A second call replaces the reason. 409 while the ' +
          'account is being reset.',
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
        summary: 'Revokes waivers: the records need a person again',
        description: 'Idempotent. 409 while the account is being reset.',
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
      if (changed > 0) await requestWaiverCertificate(tx, accountId, { by: asker.subject, at: asker.at });
      return changed;
    });
    await app.delivery.soon(DELIVERY_WAIT_MS);
    return { account_id: accountId, records };
  }
};

/** The selection as the audit records it: the group, or the records' ids. */
function chosenAs({ group }: QuarantineChoice, ids: readonly string[]) {
  return group === undefined ? { ids: ids.join(' ') } : { group };
}
