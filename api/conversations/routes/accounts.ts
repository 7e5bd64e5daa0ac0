import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type AccountSources, viewAccount } from '../operations/account-lookup.js';
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
        summary: 'Returns the account with its brands and channels',
        description:
          'If Carryover does not know the account yet, it asks Conversations and adds the account with status `pending`. ' +
          '404 if neither knows it; 503 if Conversations must be asked and cannot be reached.',
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
