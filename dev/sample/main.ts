import { join } from 'node:path';
import type { PortSchedule } from './carrier/behaviour.js';
import { startCarrier, type Carrier } from './carrier.js';
import { startConversationsService, type ConversationsService } from './conversations-service.js';
import { seedDynamoDB, type SeedProgress, type SeedTarget } from './dynamodb.js';
import { generateAccount, type SampleAccount } from './generator/account.js';
import type { SampleOptions } from './generator/options.js';
import { newSecrets, readWorldState, writeWorldState, type WorldState } from './world-state.js';

export interface SampleWorldOptions {
  /** Ports, secrets, 'today' and the carrier's orders are kept here; the next start with it is the same world. */
  dataDir: string;
  dynamodb: SeedTarget;
  /** First wishes; a world that was started before has its own. */
  ports?: { conversations?: number; carrier?: number };
  seed?: number;
  /** 'Today' of the account, taken at the first start; default: the clock's. */
  now?: Date;
  /** Anything else about the account. */
  account?: Omit<SampleOptions, 'seed' | 'now' | 'attachmentsBaseUrl'>;
  schedule?: PortSchedule;
  onProgress?: (progress: SeedProgress) => void;
}

/** For the environment of worker and API. */
export interface SampleEnvironment extends Record<string, string> {
  CONVERSATIONS_API_URL: string;
  CONVERSATIONS_API_TOKEN: string;
  CARRIER_API_URL: string;
  CARRIER_API_TOKEN: string;
  CARRIER_WEBHOOK_SECRET: string;
  ATTACHMENT_HOSTS: string;
}

export interface SampleWorld {
  env: SampleEnvironment;
  account: SampleAccount;
  conversations: ConversationsService;
  carrier: Carrier;
  stop(): Promise<void>;
}

/**
 * Starts Conversations' API and the carrier for one sample account, and sees to it that its records are in DynamoDB.
 * After any end, kill -9 included, the next start with the same folder goes on: the same account, tokens and, unless
 * somebody else has taken them, ports; orders move on; records that are there are not written again.
 */
export async function startSampleWorld(options: SampleWorldOptions): Promise<SampleWorld> {
  const before = readWorldState(options.dataDir);
  const secrets = before ?? newSecrets();
  const carrier = await startCarrier({
    port: before?.carrierPort ?? options.ports?.carrier ?? 0,
    token: secrets.carrierToken,
    webhookSecrets: [secrets.webhookSecret],
    stateFile: join(options.dataDir, 'carrier-orders.json'),
    ...(options.schedule === undefined ? {} : { schedule: options.schedule }),
  });
  const conversations = await startConversationsService({
    port: before?.conversationsPort ?? options.ports?.conversations ?? 0,
    token: secrets.conversationsToken,
    accounts: [],
  });
  const state: WorldState = {
    seed: options.seed ?? 1,
    now: (options.now ?? new Date()).toISOString(),
    attachmentsBaseUrl: `${conversations.url}/files`,
    ...secrets,
    conversationsPort: portOf(conversations.url),
    carrierPort: portOf(carrier.url),
  };
  writeWorldState(options.dataDir, state);
  const account = generateAccount({
    ...options.account,
    seed: state.seed,
    now: new Date(state.now),
    attachmentsBaseUrl: state.attachmentsBaseUrl,
  });
  const stop = async () => void (await Promise.all([conversations.stop(), carrier.stop()]));
  await seedDynamoDB(options.dynamodb, [account], options.onProgress).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  conversations.put(account);
  return {
    env: {
      CONVERSATIONS_API_URL: conversations.url,
      CONVERSATIONS_API_TOKEN: state.conversationsToken,
      CARRIER_API_URL: carrier.url,
      CARRIER_API_TOKEN: state.carrierToken,
      CARRIER_WEBHOOK_SECRET: state.webhookSecret,
      ATTACHMENT_HOSTS: new URL(conversations.url).host,
    },
    account,
    conversations,
    carrier,
    stop,
  };
}

const portOf = (url: string): number => Number(new URL(url).port);
