import { Webhook } from 'standardwebhooks';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { expect } from 'vitest';
import { buildApp } from '../../api/app.js';
import type { ApiOptions } from '../../api/options.js';
import type { Role } from '../../api/roles.js';
import { signatureCheck } from '../../gateways/carrier/signature.js';
import { conversationsClient } from '../../gateways/conversations/client.js';
import { openStore } from '../../gateways/store/sql/connect.js';
import { openTemporal } from '../../gateways/temporal/client.js';
import { stackEnv, testDatabase } from '../support/servers.js';
import { type OpenApiDocument, unlikeDescribed } from './answers.js';
import { MOVES_AT_TEMPORAL } from './moves-kind.js';
import { payloadOf, startConversations } from './conversations-service.js';

export const SECRET = 'a secret that only the tests know';
export const WEBHOOK_SECRET = `whsec_${Buffer.from('the carrier and the tests know it').toString('base64')}`;

export type World = Awaited<ReturnType<typeof apiWorld>>;

export interface Call {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** The address that the connection comes from. */
  readonly from?: string;
}

/** An API over a database of its own, a Conversations service and the shared Temporal, on a task queue where no worker is. */
export async function apiWorld(options: Partial<ApiOptions> = {}) {
  const database = await testDatabase();
  const conversations = await startConversations();
  const store = openStore(database.url, { applicationName: 'api-test', max: 4, controlMax: 4 });
  const client = conversationsClient({ baseUrl: conversations.url, token: 'source-token' });
  const taskQueue = `api-${new URL(database.url).pathname.split('_').pop()}`;
  const temporal = openTemporal({
    environment: { ...stackEnv() },
    taskQueue,
    kinds: { moves: MOVES_AT_TEMPORAL },
  });
  const apiOptions: ApiOptions = {
    store,
    databaseUrl: database.url,
    temporal,
    conversations: client,
    checkSignature: signatureCheck([WEBHOOK_SECRET]),
    auth: { secret: SECRET },
    temporalUiUrl: 'http://127.0.0.1:8233',
    log: pino({ level: 'silent' }),
    ...options,
  };
  const app = await buildApp(apiOptions);
  await app.ready();
  const document = documentOf(app, options);

  /** Every answer is compared with the OpenAPI document. */
  const call = async (
    method: 'GET' | 'HEAD' | 'POST' | 'DELETE',
    url: string,
    { token, body, headers, from }: Call = {},
  ) => {
    const request: InjectOptions = {
      method,
      url,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { payload: body as string }),
      ...(from === undefined ? {} : { remoteAddress: from }),
    };
    const answer: LightMyRequestResponse = await app.inject(request);
    expect(unlikeDescribed(document, method, url, answer), `${method} ${url} ${answer.statusCode}`).toEqual(
      [],
    );
    return answer;
  };

  return {
    app,
    call,
    apiOptions,
    conversations,
    database,
    document,
    store,
    taskQueue,
    /** What a callback is sent with. */
    callback(
      data: Record<string, unknown>,
      { id = 'msg_1', at = '2026-03-01T10:00:00.000Z', sentAt = new Date() } = {},
    ) {
      const body = JSON.stringify({ type: 'port_order.updated', timestamp: at, data });
      return call('POST', '/v2/porting-callbacks', {
        body,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
          'webhook-signature': new Webhook(WEBHOOK_SECRET).sign(id, sentAt, body),
        },
      });
    },
    async close() {
      await app.close();
      await Promise.allSettled([store.close(), client.close(), temporal.close(), conversations.close()]);
      await database.drop();
    },
  };
}

/** Of the APIs without further calls, which are alike in all files of a process. */
let usual: OpenApiDocument | undefined;

function documentOf(app: FastifyInstance, { codec, kinds, oidc }: Partial<ApiOptions>): OpenApiDocument {
  const document = () => app.swagger() as unknown as OpenApiDocument;
  return codec === undefined && kinds === undefined && oidc === undefined
    ? (usual ??= document())
    : document();
}

export function tokenFor(role: Role, accountId?: string, expiresIn = '1h'): Promise<string> {
  return signed(
    { sub: `somebody-${role}`, role, ...(accountId === undefined ? {} : { account_id: accountId }) },
    expiresIn,
  );
}

/** A token with just these claims; without `expiresIn` it has no `exp`. */
export function signed(
  claims: Record<string, unknown>,
  expiresIn?: string,
  secret = SECRET,
): Promise<string> {
  const token = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' });
  if (expiresIn !== undefined) token.setExpirationTime(expiresIn);
  return token.sign(new TextEncoder().encode(secret));
}

/** An account that is known here, its brands and channels `pending`. */
export async function meet(
  world: World,
  accountId: string,
  ids?: { brand: string; sms: string; email: string },
) {
  world.conversations.records.set(accountId, { name: 'Lakeside Dental' });
  world.conversations.payloads.set(accountId, payloadOf(accountId, ids));
  const answer = await world.call('GET', `/v2/accounts/${accountId}`, { token: await tokenFor('service') });
  expect(answer.statusCode).toBe(200);
}
