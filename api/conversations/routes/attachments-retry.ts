import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import {
  type AttachmentChoice,
  knowsChoice,
  retryFailedAttachments,
} from '../../../gateways/store/conversations/attachments/attachments-retry.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import { transaction } from '../../../gateways/store/sql/transaction.js';
import type { Transaction } from '../../../gateways/store/sql/transaction.js';
import { askFor, lockForRetry } from '../operations/ask-for.js';
import { askerOf } from '../../engine/operations/asker.js';
import { DELIVERY_WAIT_MS } from '../../options.js';
import { Problem } from '../../http/problems.js';
import { OPERATORS } from '../../roles.js';
import { AccountIdParameter, Named, SourceId } from '../../schemas/common.js';
import { GUARDED_BODY, problems } from '../../schemas/problem.js';

const Choice = Named('AttachmentsRetry', {
  brand_id: Type.Optional(SourceId),
  message_id: Type.Optional(SourceId),
  attachment_id: Type.Optional(SourceId),
});

const Retried = Named('AttachmentsRetried', {
  account_id: Type.String(),
  attachments: Type.Integer({
    minimum: 0,
    description: 'The number of attachments that will be fetched again.',
  }),
});

export const attachmentsRetry: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.post(
    '/migrations/:account_id/attachments/retry',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'retryAttachments',
        tags: ['operators'],
        summary: 'Fetches failed attachments again: all, or those of a brand or a message, or one',
        description:
          'A second call finds none that has failed, and changes nothing. 409 while the account is being reset.',
        params: AccountIdParameter,
        body: Choice,
        response: {
          202: { description: 'Accepted.', content: { 'application/json': { schema: Retried } } },
          ...problems(...GUARDED_BODY, 409),
        },
      },
    },
    async (request, reply) => {
      const accountId = request.params.account_id;
      const { brand_id: brandId, message_id: messageId, attachment_id: attachmentId } = request.body;
      const choice = { brandId, messageId, attachmentId };
      const attachments = await transaction(store.control, 'retry-attachments', async (tx) => {
        await lockForRetry(tx, accountId);
        await assertKnown(tx, accountId, choice);
        const count = await retryFailedAttachments(tx, accountId, choice);
        await askFor(tx, 'retry-attachments', accountId, askerOf(request), {});
        return count;
      });
      await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply.code(202).send({ account_id: accountId, attachments });
    },
  );
};

async function assertKnown(tx: Transaction, accountId: string, choice: AttachmentChoice): Promise<void> {
  const known = await knowsChoice(tx, accountId, choice);
  if (!known.brand) throw new Problem('not-found', 'The account has no brand with this brand_id.');
  if (!known.attachment) {
    throw new Problem('not-found', 'The account has no attachment with this message_id and attachment_id.');
  }
}
