import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { WARNINGS } from '../../domain/inbox/warnings.js';
import { LEFT_REASONS } from '../../domain/inbox/identity.js';
import { inboxSubject, readSubject } from '../../domain/inbox/names.js';
import { type Chatwoot, readsOf } from '../../gateways/chatwoot/connect.js';
import { findSources, readDestinations } from '../../gateways/chatwoot/inboxes.js';
import { readMigration } from '../../gateways/chatwoot/migration-reads.js';
import { askPreview, queueMigration, queueReverse, type Refused } from '../../gateways/chatwoot/requests.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import type { KnownKinds } from '../engine/known-kinds.js';
import { askerOf } from '../engine/operations/asker.js';
import { Problem } from '../http/problems.js';
import { DELIVERY_WAIT_MS } from '../options.js';
import { OPERATORS } from '../roles.js';
import { Named, oneOf, Strict } from '../schemas/common.js';
import { GUARDED, GUARDED_BODY, problems } from '../schemas/problem.js';
import { inboxView, previewView } from './operations/preview.js';
import { tellStarted } from './operations/tell-store.js';

const SHOWN = 50;
const Count = Type.Integer({ minimum: 0 });
const InboxId = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });
const Described = { id: Type.Integer(), name: Type.String(), channel_type: Type.String() };
const KeyParameter = Strict({
  key: Type.String({ maxLength: 40, description: '`ACCOUNT:INBOX`, of the inbox that is emptied.' }),
});
const MoveParameter = Strict({
  ...KeyParameter.properties,
  id: Type.String({ pattern: '^[1-9][0-9]{0,17}$' }),
});

const InboxSources = Named('InboxSources', {
  inboxes: Type.Array(
    Strict({
      key: Type.String(),
      account_id: Type.Integer(),
      account: Type.String(),
      ...Described,
      conversations_count: Count,
    }),
  ),
  more: Type.Boolean({ description: `Whether there are more than these ${SHOWN}.` }),
});
const InboxDestinations = Named('InboxDestinations', {
  inboxes: Type.Array(Strict({ ...Described, conversations_count: Count })),
});
const Person = Strict({ id: Type.Integer(), name: Type.String() });
const InboxMovePreview = Named('InboxMovePreview', {
  preview_id: Type.String(),
  source_inbox: Strict(Described),
  destination_inbox: Strict(Described),
  counts: Strict({ conversations: Count, messages: Count, attachments: Count, contact_inboxes: Count }),
  conflicts: Strict({
    overlapping_contacts: Count,
    will_be_merged: Count,
    contacts: Type.Array(
      Strict({ identity: Type.String(), source_contact: Person, destination_contact: Person }),
    ),
  }),
  left: Strict(
    Object.fromEntries(LEFT_REASONS.map((reason) => [reason, Count])) as Record<
      (typeof LEFT_REASONS)[number],
      typeof Count
    >,
  ),
  warnings: Type.Array(Strict({ key: oneOf(WARNINGS), params: Type.Optional(Strict({ count: Count })) })),
  estimated_seconds: Count,
});
const InboxMove = Named('InboxMove', {
  destination_inbox_id: InboxId,
  assignees: Type.Optional(oneOf(['keep', 'unassign', 'add-to-inbox'])),
  possible_matches: Type.Optional(oneOf(['leave', 'merge'])),
  preview_id: Type.Optional(Type.String({ maxLength: 400 })),
});
const QueuedMove = Named('QueuedInboxMove', {
  key: Type.String({ description: 'Where it is watched: a reverse is a migration out of the other inbox.' }),
  id: Type.Integer(),
});

interface Options {
  readonly store: Store;
  readonly kinds: KnownKinds;
  readonly chatwoot: Pick<Chatwoot, 'ready'> | undefined;
}

/** What operators choose between before they move an inbox, and the calls that begin it; under `/v2/kinds/inbox`. */
export const inboxMoves: FastifyPluginAsyncTypebox<Options> = async (app, { store, kinds, chatwoot }) => {
  const pool = () => {
    // Throws where the kind is off, and says why.
    kinds.of('inbox');
    if (chatwoot === undefined) throw new Problem('not-found', 'CHATWOOT_DATABASE_URL is not set.');
    return chatwoot.ready();
  };
  const config = { access: OPERATORS, rateLimit: {} };
  const reading = <Schema>(operationId: string, summary: string, schema: Schema) => ({
    ...{ operationId, tags: ['operators'], summary },
    response: {
      200: { description: summary, content: { 'application/json': { schema } } },
      ...problems(...GUARDED),
    },
  });
  const queued = (operationId: string, summary: string) => ({
    ...{ operationId, tags: ['operators'], summary },
    response: {
      202: { description: 'Queued.', content: { 'application/json': { schema: QueuedMove } } },
      ...problems(...GUARDED_BODY, 409, 422),
    },
  });

  app.get(
    '/sources',
    {
      config,
      schema: {
        ...reading('listInboxSources', 'Inboxes that can be emptied, of all accounts', InboxSources),
        querystring: Strict({
          q: Type.String({
            maxLength: 100,
            default: '',
            description: 'Part of the name of an inbox or an account.',
          }),
        }),
      },
    },
    async ({ query }) => {
      const found = await findSources(readsOf(await pool()), query.q.trim(), SHOWN + 1);
      return {
        inboxes: found.slice(0, SHOWN).map(({ accountId, account, conversations, ...inbox }) => ({
          ...{ key: inboxSubject(accountId, inbox.id), account_id: Number(accountId), account },
          ...{ ...inboxView(inbox), conversations_count: conversations },
        })),
        more: found.length > SHOWN,
      };
    },
  );

  app.get(
    '/sources/:key/destinations',
    {
      config,
      schema: {
        ...reading('listInboxDestinations', 'Inboxes to which it can be moved', InboxDestinations),
        params: KeyParameter,
      },
    },
    async ({ params }) => {
      const { accountId, source } = subjectIn(params.key);
      const found = await readDestinations(readsOf(await pool()), accountId, source);
      return {
        inboxes: found.map(({ conversations, ...inbox }) => ({
          ...inboxView(inbox),
          conversations_count: conversations,
        })),
      };
    },
  );

  app.get(
    '/sources/:key/preview',
    {
      config,
      schema: {
        ...reading('previewInboxMove', 'What a move would do', InboxMovePreview),
        params: KeyParameter,
        querystring: Strict({ destination_inbox_id: InboxId }),
      },
    },
    async ({ params, query }) => {
      const { accountId, source } = subjectIn(params.key);
      return previewView(
        granted(
          await askPreview(await pool(), {
            accountId,
            source,
            destination: String(query.destination_inbox_id),
          }),
        ),
      );
    },
  );

  app.post(
    '/sources/:key/moves',
    {
      config,
      schema: { ...queued('startInboxMove', 'Moves an inbox'), params: KeyParameter, body: InboxMove },
    },
    async (request, reply) => {
      const { accountId, source } = subjectIn(request.params.key);
      const {
        destination_inbox_id,
        assignees = 'keep',
        possible_matches = 'leave',
        preview_id,
      } = request.body;
      const id = granted(
        await queueMigration(await pool(), {
          ...{ accountId, source, destination: String(destination_inbox_id), userId: null },
          ...{ assignees, possibleMatches: possible_matches, previewId: preview_id },
        }),
      );
      const row = await readMigration(await pool(), accountId, source, id);
      if (row !== undefined) await tellStarted({ store, log: request.log }, accountId, row, askerOf(request));
      await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply.code(202).send({ key: request.params.key, id: Number(id) });
    },
  );

  app.post(
    '/sources/:key/moves/:id/reverse',
    { config, schema: { ...queued('reverseInboxMove', 'Takes a move back'), params: MoveParameter } },
    async (request, reply) => {
      const { accountId, source } = subjectIn(request.params.key);
      const { id } = request.params;
      const reverse = granted(await queueReverse(await pool(), { accountId, source, userId: null, id }));
      const moved = await readMigration(await pool(), accountId, source, id);
      const back = String(moved?.destination_inbox.id ?? source);
      const row = await readMigration(await pool(), accountId, back, reverse);
      if (row !== undefined) await tellStarted({ store, log: request.log }, accountId, row, askerOf(request));
      await app.delivery.soon(DELIVERY_WAIT_MS);
      return reply.code(202).send({ key: inboxSubject(accountId, back), id: Number(reverse) });
    },
  );
};

function subjectIn(key: string) {
  const found = readSubject(key);
  if (found === undefined) throw new Problem('not-found', 'There is no such inbox. A key is ACCOUNT:INBOX.');
  return found;
}

function granted<Asked extends object | string>(asked: Asked | Refused): Asked {
  if (typeof asked !== 'object' || !('refused' in asked)) return asked;
  throw new Problem(
    asked.refused === 'unknown' ? 'not-found' : asked.refused === 'ended' ? 'conflict' : 'unprocessable',
    asked.message,
  );
}
