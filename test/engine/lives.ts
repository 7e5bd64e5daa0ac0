import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { defaultActivityInfo, MockActivityEnvironment } from '@temporalio/testing';
import type { FastifyInstance } from 'fastify';
import { SignJWT } from 'jose';
import pg from 'pg';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { vi } from 'vitest';
import { Governor } from '../../activities/engine/governing/governor.js';
import { Governors, STORE } from '../../activities/engine/governing/governors.js';
import { createActivities } from '../../activities/index.js';
import { buildApp } from '../../api/app.js';
import { seedDynamoDB } from '../../dev/sample/dynamodb.js';
import { generateAccount, type SampleAccount } from '../../dev/sample/generator/account.js';
import { DIRT_NAMES } from '../../dev/sample/generator/dirt/names.js';
import { startSampleWorld, type SampleWorld } from '../../dev/sample/main.js';
import { operationWorkflowId } from '../../domain/conversations/ids.js';
import { systemClock as clock } from '../../gateways/clock.js';
import { carrierClient } from '../../gateways/carrier/client.js';
import { signatureCheck } from '../../gateways/carrier/signature.js';
import { conversationsClient } from '../../gateways/conversations/client.js';
import { openDownloader } from '../../gateways/download/download.js';
import { parseAttachmentHosts } from '../../gateways/download/hosts.js';
import { openDumps } from '../../gateways/dumps/client.js';
import { openSourceTables } from '../../gateways/dynamodb/client.js';
import { openObjectStore } from '../../gateways/objects/open.js';
import { openStore } from '../../gateways/store/sql/connect.js';
import { PressureProbe } from '../../gateways/store/sql/pressure.js';
import { openTemporal } from '../../gateways/temporal/client.js';
import { openWorkflowControl } from '../../gateways/temporal/workflow-control.js';
import { asActivity } from './cuts.js';
import { newNamespace } from '../support/namespaces.js';
import { stackEnv, testDatabase } from '../support/servers.js';

const SECRET = 'a secret that only these tests know';
const SILENT = pino({ level: 'silent' });
const ONE_OF_EACH = Object.fromEntries(DIRT_NAMES.map((name) => [name, 1]));
/** The log of processes that die on purpose. */
const nothing = (): void => undefined;
const QUIET = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** The servers that outlive every process of Carryover's: store, source, carrier, Conversations, Temporal, a folder of files. */
export async function openServers() {
  const [database, namespace] = await Promise.all([testDatabase(), newNamespace('cuts')]);
  const folder = await mkdtemp(join(tmpdir(), 'carryover-cuts-'));
  const env = { ...stackEnv(), TEMPORAL_NAMESPACE: namespace, DATABASE_URL: database.url };
  const suffix = namespace.replace('-', '_');
  const source = {
    endpoint: env.DYNAMODB_ENDPOINT,
    region: env.AWS_REGION,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
    threadsTable: `threads_${suffix}`,
    messagesTable: `messages_${suffix}`,
  };
  // The SDK takes them from there.
  process.env['AWS_ACCESS_KEY_ID'] = env.AWS_ACCESS_KEY_ID;
  process.env['AWS_SECRET_ACCESS_KEY'] = env.AWS_SECRET_ACCESS_KEY;
  const world: SampleWorld = await startSampleWorld({
    dataDir: join(folder, 'sample'),
    dynamodb: source,
    seed: 60,
    account: {
      accountId: 'acc_60',
      brands: 1,
      threads: 0,
      messages: 0,
      portedNumbers: 0,
    },
    // A port stays open until the test moves it.
    schedule: 'manual',
  });
  let seed = 60;
  const truth = new pg.Pool({ connectionString: database.url, application_name: 'truth', max: 2 });
  // A pool ends before its connections are closed, so dropping the database may end them first.
  truth.on('error', () => undefined);
  return {
    env,
    source,
    world,
    truth,
    filesUrl: pathToFileURL(join(folder, 'files')).href,
    /** One more account with every feature. Its recent phases are small; the remaining ones are not, and are completed by a call of their own. */
    async account(): Promise<SampleAccount> {
      const { now, attachmentsBaseUrl } = world.account.options;
      seed += 1;
      const account = generateAccount({
        ...{ now, attachmentsBaseUrl, seed, accountId: `acc_${seed}`, dirt: ONE_OF_EACH },
        ...{ brands: 2, channels: 2, portedNumbers: 2, threads: 50, messages: 700, attachmentRate: 0.02 },
      });
      await seedDynamoDB(source, [account]);
      world.conversations.put(account);
      return account;
    },
    async close() {
      await truth.end();
      await world.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type Servers = Awaited<ReturnType<typeof openServers>>;

/** A worker and an API as one process: their clients, pools and memory, created anew for each life. */
export class Life {
  readonly #closing: (() => Promise<unknown>)[] = [];
  readonly #environments: MockActivityEnvironment[] = [];
  readonly #store;
  readonly #activities;
  readonly #conversations;
  #app: FastifyInstance | undefined;

  constructor(private readonly servers: Servers) {
    const { env, source, world } = servers;
    const store = openStore(env.DATABASE_URL, { max: 24, applicationName: 'life' });
    const tables = openSourceTables({ ...source, pageRecords: 100 });
    const dumps = openDumps();
    const { CONVERSATIONS_API_URL, CONVERSATIONS_API_TOKEN, CARRIER_API_URL, CARRIER_API_TOKEN } = world.env;
    const conversations = conversationsClient({
      baseUrl: CONVERSATIONS_API_URL,
      token: CONVERSATIONS_API_TOKEN,
    });
    const carrier = carrierClient({ baseUrl: CARRIER_API_URL, token: CARRIER_API_TOKEN });
    const download = openDownloader({ hosts: parseAttachmentHosts(world.env.ATTACHMENT_HOSTS) });
    const workflows = openWorkflowControl({ environment: env });
    const governors = new Governors({
      [STORE]: () =>
        new Governor({
          clock,
          probe: new PressureProbe(env.DATABASE_URL, clock),
          pool: store.pool,
          budget: { commitMs: 60_000, lagSeconds: 60 },
        }),
    });
    const activities = createActivities({
      ...{ clock, store, workflows, tables, dumps, governors, conversations, carrier, download },
      slackWebhookUrl: undefined,
      streamsWanted: 'auto',
      objects: openObjectStore(servers.filesUrl),
      logger: SILENT,
      publicUrl: 'http://127.0.0.1:9/',
      recentDays: 30,
      portingPollSeconds: 300,
      code: { version: '1.2.3', commit: null },
    });
    this.#store = store;
    this.#conversations = conversations;
    this.#activities = { ...activities.calls, ...activities.imports };
    this.#closing.push(
      async () => tables.close(),
      async () => dumps.close(),
      ...[governors, workflows, download, conversations, carrier].map((each) => () => each.close()),
      () => store.close(),
    );
  }

  /** One attempt of an activity, of the account's workflow or of its reset, which ends all workflows except itself. */
  async call<Name extends keyof Activities>(
    name: Name,
    input: Parameters<Activities[Name]>[0],
    attempt: { readonly activityId: string; readonly attempt: number } = { activityId: '1', attempt: 1 },
  ): Promise<Awaited<ReturnType<Activities[Name]>>> {
    const { accountId, subject = accountId } = input as { accountId?: string; subject?: string };
    const workflowId =
      name === 'endWorkflows' ? operationWorkflowId(subject ?? '', 'reset') : `migration:${subject}`;
    const workflowExecution = { workflowId, runId: 'a-run' };
    const environment = new MockActivityEnvironment(
      { ...defaultActivityInfo, workflowExecution, ...attempt },
      { logger: QUIET },
    );
    this.#environments.push(environment);
    type Answer = Awaited<ReturnType<Activities[Name]>>;
    const activity = this.#activities[name] as unknown as (given: typeof input) => Promise<Answer>;
    return asActivity<Answer>(name, () => environment.run(activity, input));
  }

  /** A request to the API, which the first one starts. */
  async ask(method: 'GET' | 'POST', url: string, body?: object): Promise<unknown> {
    const token = await new SignJWT({ role: 'admin' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('somebody')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(SECRET));
    return this.#inject(method, url, { authorization: `Bearer ${token}` }, body);
  }

  /** The carrier's call about an order. */
  async callBack(id: string, data: object): Promise<unknown> {
    const [sentAt, timestamp] = [new Date(), new Date().toISOString()];
    const body = JSON.stringify({ type: 'port_order.updated', timestamp, data });
    const signature = new Webhook(this.servers.world.env.CARRIER_WEBHOOK_SECRET).sign(id, sentAt, body);
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
      'webhook-signature': signature,
    };
    return this.#inject('POST', '/v2/porting-callbacks', headers, body);
  }

  async #inject(
    method: 'GET' | 'POST',
    url: string,
    headers: Record<string, string>,
    body: object | string | undefined,
  ): Promise<unknown> {
    const app = await this.api();
    const payload = body === undefined ? {} : { payload: body };
    const answer = await app.inject({ method, url, headers, ...payload });
    if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${answer.body}`);
    return answer.body === '' ? undefined : answer.json();
  }

  /** Also delivers waiting messages to Temporal. */
  async api(): Promise<FastifyInstance> {
    if (this.#app !== undefined) return this.#app;
    const { env, world } = this.servers;
    const temporal = openTemporal({ environment: env, taskQueue: 'nobody' });
    this.#app = await buildApp({
      store: this.#store,
      databaseUrl: env.DATABASE_URL,
      temporal,
      conversations: this.#conversations,
      checkSignature: signatureCheck([world.env.CARRIER_WEBHOOK_SECRET]),
      auth: { secret: SECRET },
      log: SILENT,
      resetAllowed: true,
    });
    await this.#app.ready();
    this.#closing.unshift(
      async () => this.#app?.close(),
      async () => temporal.close(),
    );
    return this.#app;
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close();
  }

  /** Ends a process as the servers see it: its connections break, and uncommitted work is rolled back. */
  async drop(): Promise<void> {
    const { truth } = this.servers;
    for (const environment of this.#environments) environment.cancel();
    // One that it was about to open may come a moment later.
    const ended = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name <> 'truth'`;
    await vi.waitUntil(async () => (await truth.query(ended)).rowCount === 0, { interval: 5 });
    // Its claims in the outbox expire after a while.
    await truth.query(
      'UPDATE carryover.workflow_messages SET next_try_at = now() WHERE delivered_at IS NULL',
    );
  }
}

type Activities = ReturnType<typeof createActivities>['calls'] &
  ReturnType<typeof createActivities>['imports'];

/** The failure of an activity that is not finished: it sets the delay of the next attempt. */
export const isPortOpen = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === 'PortOpen';
