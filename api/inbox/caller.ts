import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { timestamp } from '../../domain/engine/clock.js';
import { type Chatwoot, readsOf } from '../../gateways/chatwoot/connect.js';
import { type Inbox, readInboxes } from '../../gateways/chatwoot/inboxes.js';
import { type Caller, findCaller } from '../../gateways/chatwoot/tokens.js';
import type { Asker } from '../engine/operations/asker.js';
import { addressOf, type Refusals } from '../http/refusals.js';
import { ChatwootRefusal, notFound } from './refusals.js';

/** Who asks, for which inbox. */
export interface InboxRequest {
  readonly accountId: string;
  readonly inbox: Inbox;
  readonly caller: Caller;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route behind `chatwootCallers`. */
    inboxRequest: InboxRequest | null;
  }
}

export function inboxRequestOf(request: FastifyRequest): InboxRequest {
  if (request.inboxRequest === null) throw new Error('The route is not behind the plugin chatwootCallers.');
  return request.inboxRequest;
}

/** The caller, as Carryover's audit has it. */
export function chatwootAsker(request: FastifyRequest): Asker {
  const { caller } = inboxRequestOf(request);
  const subject = `${caller.name} (user ${caller.userId} of Chatwoot)`;
  const at = timestamp(request.server.clock);
  return {
    subject,
    at,
    asActor: { actor: subject, role: 'administrator', remoteAddress: addressOf(request) },
  };
}

interface Options {
  readonly chatwoot: Pick<Chatwoot, 'ready'>;
  readonly refusals: Refusals;
}

/** Ids of accounts and inboxes have four bytes in Chatwoot. */
const LARGEST = 2_147_483_647;

/**
 * Lets administrators of the account pass who send a token of Chatwoot, for an inbox of the account that is WhatsApp-like. Everybody else is refused in
 * Chatwoot's order: token, account, membership, suspension, inbox, role; then the inbox's type.
 */
export const chatwootCallers = fp(async (app: FastifyInstance, { chatwoot, refusals }: Options) => {
  app.decorateRequest('inboxRequest', null);
  app.addHook('onRequest', async (request) => {
    if (request.is404) return;
    refusals.assertMayTry(request);
    try {
      request.inboxRequest = await admit(request, chatwoot);
    } catch (error) {
      if (error instanceof ChatwootRefusal && error.status === 401) refusals.count(request);
      throw error;
    }
  });
});

async function admit(request: FastifyRequest, chatwoot: Pick<Chatwoot, 'ready'>): Promise<InboxRequest> {
  const token = tokenOf(request);
  if (token === undefined)
    throw new ChatwootRefusal(401, 'You need to sign in or sign up before continuing.', true);
  const { account_id, inbox_id } = request.params as { account_id: string; inbox_id: string };
  const accountId = idIn(account_id, LARGEST);
  const read = readsOf(await chatwoot.ready());
  const caller = await findCaller(read, token, accountId ?? '0');
  if (caller === undefined) throw new ChatwootRefusal(401, 'Invalid Access Token');
  if (accountId === undefined || caller.accountIsActive === null) throw notFound();
  if (caller.isAdministrator === null)
    throw new ChatwootRefusal(401, 'You are not authorized to access this account');
  if (!caller.accountIsActive) throw new ChatwootRefusal(401, 'Account is suspended');
  const inboxId = idIn(inbox_id, LARGEST);
  const [inbox] = inboxId === undefined ? [] : await readInboxes(read, accountId, [inboxId]);
  if (inbox === undefined) throw notFound();
  if (!caller.isAdministrator) throw new ChatwootRefusal(401, 'You are not authorized to do this action');
  if (inbox.type === undefined)
    throw new ChatwootRefusal(
      403,
      `${inbox.name} is not a WhatsApp inbox: its conversations cannot be moved.`,
    );
  return { accountId, inbox, caller };
}

/** Some proxies drop headers with underscores, so Chatwoot takes hyphens, too. */
function tokenOf({ headers }: FastifyRequest): string | undefined {
  const given = headers['api_access_token'] ?? headers['api-access-token'];
  return typeof given === 'string' && given.trim() !== '' ? given.trim() : undefined;
}

/** A positive whole number up to `largest`, as text; undefined for anything else. */
export function idIn(text: string, largest: number | bigint): string | undefined {
  if (!/^[0-9]{1,19}$/.test(text)) return undefined;
  const id = BigInt(text);
  return id > 0n && id <= BigInt(largest) ? String(id) : undefined;
}
