import { afterAll, beforeAll } from 'vitest';
import { pino } from 'pino';
import {
  createEngineCalls,
  createEngineImports,
  completingSmall,
} from '../../../activities/engine/activities.js';
import { withFailures } from '../../../activities/engine/failures.js';
import { inboxKind } from '../../../activities/inbox/kind.js';
import { systemClock } from '../../../gateways/clock.js';
import { openChatwoot } from '../../../gateways/chatwoot/connect.js';
import { openTemporal } from '../../../gateways/temporal/client.js';
import { type ChatwootDatabase, chatwootDatabase } from '../../support/chatwoot.js';
import { ChatwootRows } from '../../support/chatwoot-rows.js';
import { stackEnv } from '../../support/servers.js';
import { type RunningWorkers, devNamespace, runWorkers } from '../../workflows/environment.js';
import { apiWorld, tokenFor, type World } from '../world.js';

const CODE = { version: '1.2.3', commit: null };
export const TOKEN = 'token-of-agent-1';

export interface Answer {
  readonly status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes, which tests compare
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface ServedInbox {
  readonly world: World;
  readonly chatwoot: ChatwootDatabase;
  readonly rows: ChatwootRows;
  /** As Chatwoot's people call it: below `/api/v1/accounts`. */
  call(method: 'GET' | 'POST', path: string, body?: unknown, token?: string | null): Promise<Answer>;
  /** As an operator of Carryover. */
  operate(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
}

/** The API and a worker, with a business in Chatwoot whose old number is inbox 1, and whose new one is inbox 2. */
export function servedInbox(): ServedInbox {
  const served = {} as { -readonly [Name in keyof ServedInbox]: ServedInbox[Name] };
  let workers: RunningWorkers | undefined;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    served.chatwoot = await chatwootDatabase();
    served.rows = new ChatwootRows(served.chatwoot.pool);
    await served.rows.business();
    await served.chatwoot.pool.query(
      `INSERT INTO access_tokens (owner_type, owner_id, token, created_at, updated_at)
       SELECT 'User', n, 'token-of-agent-' || n, now(), now() FROM generate_series(1, 4) AS n UNION ALL SELECT 'AgentBot', 1, 'token-of-bot', now(), now()`,
    );
    const chatwoot = openChatwoot(served.chatwoot.url);
    const server = await devNamespace('inbox');
    const temporal = openTemporal({ environment: { ...stackEnv(), TEMPORAL_NAMESPACE: server.namespace } });
    served.world = await apiWorld({ chatwoot, temporal, kinds: {} });
    const { store } = served.world;
    const kinds = {
      inbox: inboxKind({
        store: store.pool,
        chatwoot: chatwoot.pool,
        batchSize: 500,
        code: CODE,
      }),
    };
    const activities = {
      ...createEngineCalls(store.pool, kinds),
      ...completingSmall(createEngineImports({ pool: store.pool, clock: systemClock }, kinds)),
    };
    workers = await runWorkers(server, withFailures(activities, pino({ level: 'silent' })));
    closing.push(
      () => served.world.close(),
      () => temporal.close(),
      () => server.close(),
      () => chatwoot.close(),
      () => served.chatwoot.drop(),
    );
  });
  afterAll(async () => {
    await workers?.stop();
    for (const close of closing) await close();
  });
  const inject = async (
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<Answer> => {
    const answer = await served.world.app.inject({
      ...{ method, url, headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    return { status: answer.statusCode, body: JSON.parse(answer.body), headers: answer.headers };
  };
  return Object.assign(served, {
    call: (method: 'GET' | 'POST', path: string, body?: unknown, token: string | null = TOKEN) =>
      inject(method, `/api/v1/accounts${path}`, token === null ? {} : { api_access_token: token }, body),
    operate: async (method: 'GET' | 'POST', path: string, body?: unknown) =>
      inject(method, `/v2${path}`, { authorization: `Bearer ${await tokenFor('operator')}` }, body),
  });
}
