import type { FastifyInstance, FastifyRequest } from 'fastify';
import { migrationView } from '../../domain/inbox/view.js';
import { inboxSubject } from '../../domain/inbox/names.js';
import { type Chatwoot, readsOf } from '../../gateways/chatwoot/connect.js';
import { readDestinations } from '../../gateways/chatwoot/inboxes.js';
import { listMigrations, readMigration } from '../../gateways/chatwoot/migration-reads.js';
import {
  askPreview,
  type AskedMigration,
  cancelMigration,
  queueMigration,
  queueReverse,
  type Refused,
} from '../../gateways/chatwoot/requests.js';
import type { Store } from '../../gateways/store/sql/connect.js';
import { steer } from '../engine/operations/steer.js';
import type { ServedKind } from '../engine/known-kinds.js';
import type { Refusals } from '../http/refusals.js';
import { DELIVERY_WAIT_MS } from '../options.js';
import { chatwootAsker, chatwootCallers, idIn, inboxRequestOf } from './caller.js';
import { inboxView, previewView } from './operations/preview.js';
import { told, tellStarted } from './operations/tell-store.js';
import { answerRefusal, ChatwootRefusal, notFound, refusalOf } from './refusals.js';
import { moveBody } from './schemas.js';

const LARGEST = 9_223_372_036_854_775_807n;
/** Nobody pages further, and PostgreSQL counts no further. */
const LAST_PAGE = 1_000_000;

interface Options {
  readonly store: Store;
  readonly chatwoot: Pick<Chatwoot, 'ready'>;
  readonly served: ServedKind;
  readonly refusals: Refusals;
}

/** The calls of Chatwoot's people, with Chatwoot's tokens and in its shapes: docs/inbox.md. */
export async function inboxRoutes(
  app: FastifyInstance,
  { store, chatwoot, served, refusals }: Options,
): Promise<void> {
  app.setErrorHandler(answerRefusal);
  await app.register(chatwootCallers, { chatwoot, refusals });
  const common = {
    config: { rateLimit: { keyGenerator: (request: FastifyRequest) => `chatwoot:${callerIn(request)}` } },
    // Chatwoot's people have its own reference.
    schema: { hide: true },
  };
  const viewOf = async (request: FastifyRequest, id: string, source?: string) =>
    migrationView(await rowOf(request, id, source));
  const rowOf = async (request: FastifyRequest, id: string, source?: string) => {
    const { accountId, inbox } = inboxRequestOf(request);
    const row = await readMigration(await chatwoot.ready(), accountId, source ?? inbox.id, id);
    if (row === undefined) throw notFound();
    return row;
  };

  app.get('', common, async (request) => {
    const { accountId, inbox } = inboxRequestOf(request);
    const rows = await listMigrations(await chatwoot.ready(), accountId, inbox.id, pageOf(request));
    return { migrations: rows.map(migrationView) };
  });

  app.get('/eligible_destinations', common, async (request) => {
    const { accountId, inbox } = inboxRequestOf(request);
    const found = await readDestinations(readsOf(await chatwoot.ready()), accountId, inbox.id);
    return {
      inboxes: found.map(({ conversations, ...each }) => ({
        ...inboxView(each),
        conversations_count: conversations,
      })),
    };
  });

  app.get('/preview', common, async (request) => {
    const { accountId, inbox } = inboxRequestOf(request);
    const { destination_inbox_id: given } = request.query as { readonly destination_inbox_id?: unknown };
    const asked = { accountId, source: inbox.id, destination: destinationIn(given) };
    return previewView(granted(await askPreview(await chatwoot.ready(), asked)));
  });

  app.get('/:id', common, async (request) => viewOf(request, migrationIn(request)));

  app.post('', common, async (request, reply) => {
    const { accountId, inbox, caller } = inboxRequestOf(request);
    const body = moveBody(request.body);
    const id = granted(
      await queueMigration(await chatwoot.ready(), {
        ...{ accountId, source: inbox.id, userId: caller.userId },
        destination: destinationIn(body.destination_inbox_id),
        assignees: body.assignees ?? 'keep',
        possibleMatches: body.possible_matches ?? 'leave',
        previewId: body.preview_id ?? undefined,
      }),
    );
    const row = await rowOf(request, id);
    await tellStarted({ store, log: request.log }, accountId, row, chatwootAsker(request));
    await app.delivery.soon(DELIVERY_WAIT_MS);
    return reply.code(201).send(await viewOf(request, id));
  });

  app.post('/:id/cancel', common, async (request) => {
    const id = migrationIn(request);
    const asked = askedIn(request, id);
    const refused = await cancelMigration(await chatwoot.ready(), asked);
    if (refused !== undefined) throw refusalOf(refused);
    const subject = inboxSubject(asked.accountId, asked.source);
    await told(request.log, Number(id), () =>
      steer(store, served.kind, 'cancel', subject, chatwootAsker(request)),
    );
    await app.delivery.soon(DELIVERY_WAIT_MS);
    return viewOf(request, id);
  });

  app.post('/:id/reverse', common, async (request, reply) => {
    const id = migrationIn(request);
    const { accountId } = inboxRequestOf(request);
    const before = await rowOf(request, id);
    const reverse = granted(await queueReverse(await chatwoot.ready(), askedIn(request, id)));
    const source = String(before.destination_inbox.id);
    const row = await rowOf(request, reverse, source);
    await tellStarted({ store, log: request.log }, accountId, row, chatwootAsker(request));
    await app.delivery.soon(DELIVERY_WAIT_MS);
    return reply.code(201).send(await viewOf(request, reverse, source));
  });
}

function callerIn(request: FastifyRequest): string {
  const { accountId, caller } = inboxRequestOf(request);
  return `${accountId}:${caller.userId}`;
}

function askedIn(request: FastifyRequest, id: string): AskedMigration {
  const { accountId, inbox, caller } = inboxRequestOf(request);
  return { accountId, source: inbox.id, userId: caller.userId, id };
}

function migrationIn({ params }: FastifyRequest): string {
  const id = idIn((params as { readonly id: string }).id, LARGEST);
  if (id === undefined) throw notFound();
  return id;
}

/** What cannot be an id is the id of no inbox. */
function destinationIn(given: unknown): string {
  const id =
    typeof given === 'string' || typeof given === 'number' ? idIn(String(given), 2_147_483_647) : undefined;
  if (id !== undefined) return id;
  throw new ChatwootRefusal(
    422,
    given === undefined ? 'destination_inbox_id is missing' : 'There is no such destination inbox.',
  );
}

function pageOf({ query }: FastifyRequest): number {
  const { page = '1' } = query as { readonly page?: unknown };
  return typeof page === 'string' && /^[0-9]{1,7}$/.test(page)
    ? Math.min(LAST_PAGE, Math.max(1, Number(page)))
    : 1;
}

function granted<Asked extends object | string>(asked: Asked | Refused): Asked {
  if (typeof asked === 'object' && 'refused' in asked) throw refusalOf(asked);
  return asked;
}
