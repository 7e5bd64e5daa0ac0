import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLE } from '../../dev/sample/chatwoot/generate.js';
import { createSourceTables, sampleDocumentClient } from '../../dev/sample/dynamodb.js';
import { isUnderWay } from '../../domain/inbox/view.js';
import { countsOf, statusOf } from '../../gateways/chatwoot/migrations.js';
import { type Carryover, startCarryover } from '../world/carryover.js';
import { placeOf } from '../world/fill.js';
import { sharedStack } from '../world/stack.js';
import type { BenchChatwoot } from './world.js';

const LOOK_MS = 200;

/** The shipped API and a worker that move the source of a database. */
export interface ShippedMove {
  readonly workerPid: number;
  /** Asks for the move, as an administrator of Chatwoot does. */
  start(): Promise<void>;
  /** Asks for it, as an operator does. Resolves once the API has answered; a batch may still be in progress. */
  steer(how: 'pause' | 'resume'): Promise<void>;
  isOver(): Promise<boolean>;
  /** Messages moved so far. */
  moved(): Promise<number>;
  /** Throws if it does not complete. */
  ended(): Promise<void>;
  stop(): Promise<void>;
}

export async function shippedMove(
  database: BenchChatwoot,
  environment: Readonly<Record<string, string>> = {},
): Promise<ShippedMove> {
  const { env } = await sharedStack();
  // A worker looks whether the source's tables are there.
  const source = sampleDocumentClient(placeOf(env));
  await createSourceTables(source);
  source.destroy();
  const carryover = await startCarryover(env, [], {
    environment: { CHATWOOT_DATABASE_URL: database.url, ...environment },
  });
  let id = '0';
  const isOver = async () => !isUnderWay(await statusOf(database.pool, id));
  return {
    workerPid: carryover.workers[0]?.pid ?? 0,
    async start() {
      const path = `/api/v1/accounts/${SAMPLE.account}/inboxes/${SAMPLE.source}/migrations`;
      const destination = { destination_inbox_id: Number(SAMPLE.destination) };
      const answer = await post(carryover, path, { api_access_token: SAMPLE.administrator }, destination);
      id = String((answer as { id: number }).id);
    },
    async steer(how) {
      const path = `/v2/kinds/inbox/migrations/${SAMPLE.account}:${SAMPLE.source}/${how}`;
      await post(carryover, path, { authorization: `Bearer ${carryover.token}` }, {});
    },
    isOver,
    moved: async () => (await countsOf(database.pool, id)).messages,
    async ended() {
      while (!(await isOver())) {
        const broken = carryover.broken();
        if (broken !== undefined) throw new Error(broken);
        await sleep(LOOK_MS);
      }
      const status = await statusOf(database.pool, id);
      if (status !== 'completed') throw new Error(`the move is ${status}`);
    },
    stop: () => carryover.stop(),
  };
}

async function post(
  { url }: Carryover,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: object,
): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}
