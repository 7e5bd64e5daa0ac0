import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { FAILURE_KINDS, type FailureKind, failureEntry } from '../../../domain/engine/failed-things.js';
import type { Store } from '../../../gateways/store/sql/connect.js';
import {
  type FailurePosition,
  isFailureId,
  listFailures,
} from '../../../gateways/store/conversations/status/failures-list.js';
import { assertKnownAccount } from '../operations/known-account.js';
import { cursorOf, readCursor } from '../../cursors.js';
import { OPERATORS } from '../../roles.js';
import { DEFAULT_LIMIT } from '../../schemas/common.js';
import { FailuresPage, FailuresQuery } from '../schemas/failures.js';
import { GUARDED, problems } from '../../schemas/problem.js';

const CURSOR = [new RegExp(`^(${FAILURE_KINDS.join('|')})$`), /^[-\w]{1,60}$/];

export const failures: FastifyPluginAsyncTypebox<{ store: Store }> = async (app, { store }) => {
  app.get(
    '/failures',
    {
      config: { access: OPERATORS, rateLimit: {} },
      schema: {
        operationId: 'listFailures',
        tags: ['operators'],
        summary: 'What needs a person, each with the command that mends it',
        description:
          'Kind by kind, each in the order in which the things came here. What is not mended while pages are being read is on ' +
          'exactly one of them.',
        querystring: FailuresQuery,
        response: {
          200: { description: 'A page.', content: { 'application/json': { schema: FailuresPage } } },
          ...problems(...GUARDED),
        },
      },
    },
    async ({ query: { kind, account_id: accountId, cursor, limit = DEFAULT_LIMIT } }) => {
      const after = cursor === undefined ? undefined : positionOf(cursor);
      const found = await listFailures(store.pool, { kind, accountId, after, limit: limit + 1 });
      if (found.length === 0 && accountId !== undefined) await assertKnownAccount(store, accountId);
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return {
        failures: page.map(failureEntry),
        next_cursor: found.length > limit && last ? cursorOf([last.kind, last.id]) : null,
      };
    },
  );
};

function positionOf(cursor: string): FailurePosition {
  const [kind, id = ''] = readCursor(cursor, CURSOR, ([of = '', place = '']) =>
    isFailureId(of as FailureKind, place),
  );
  return { kind: kind as FailureKind, id };
}
