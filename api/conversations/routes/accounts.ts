import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type AccountSources, viewAccount } from '../operations/meet-account.js';
import { assertMayUse } from '../../plugins/auth.js';
import { EVERY_ROLE } from '../../roles.js';
import { AccountView } from '../schemas/accounts.js';
import { AccountIdParameter } from '../../schemas/common.js';
import { GUARDED, problems } from '../../schemas/problem.js';

export const accounts: FastifyPluginAsyncTypebox<AccountSources> = async (app, sources) => {
  app.get(
    '/accounts/:account_id',
    {
      config: { access: EVERY_ROLE, rateLimit: {} },
      schema: {
        operationId: 'getAccount',
        tags: ['app'],
        summary: 'The account with its brands and channels',
        description:
          'An account that Carryover has not met is asked for at Conversations and filled in with status `pending`.',
        params: AccountIdParameter,
        response: {
          200: { description: 'The account.', content: { 'application/json': { schema: AccountView } } },
          ...problems(...GUARDED),
        },
      },
    },
    async (request) => {
      const accountId = request.params.account_id;
      assertMayUse(request, accountId);
      return viewAccount(sources, accountId) as never;
    },
  );
};
