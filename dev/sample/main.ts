import { join } from 'node:path';
import type { PortSchedule } from './carrier/behaviour.js';
import { startCarrier, type Carrier } from './carrier.js';
import { startConversationsService, type ConversationsService } from './conversations-service.js';
import { seedDynamoDB, type SeedProgress, type SeedTarget } from './dynamodb.js';
import { generateAccount, type SampleAccount } from './generator/account.js';
import type { SampleOptions } from './generator/options.js';
import {
  type AccountSize,
  closedAccount,
  endTrouble,
  makeTrouble,
  TROUBLE_SEEDS,
  troubledAccount,
  type Troubled,
} from './trouble.js';
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
  /** Ordinary accounts in all; those after the first are small. A world that had more keeps them. */
  accounts?: number;
  /** The size of the accounts after the first; default: that of `npm start`. */
  othersSize?: AccountSize;
  /** Adds acc_7, in which much goes wrong, and acc_8, which is closed. A world that had them keeps them. */
  trouble?: boolean;
  /** Ends the seeding. */
  signal?: AbortSignal;
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
  /** The other ordinary accounts. */
  others: SampleAccount[];
  /** acc_7, where there is trouble. */
  troubled: SampleAccount | undefined;
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
    onFix: async () => {
      if (trouble) await endTrouble(trouble, options.dynamodb);
    },
  });
  let trouble: Troubled | undefined;
  const state: WorldState = {
    seed: options.seed ?? 1,
    now: (options.now ?? new Date()).toISOString(),
    attachmentsBaseUrl: `${conversations.url}/files`,
    ...secrets,
    conversationsPort: portOf(conversations.url),
    carrierPort: portOf(carrier.url),
    accounts: Math.max(before?.accounts ?? 1, options.accounts ?? 1),
    trouble: before?.trouble === true || options.trouble === true,
  };
  writeWorldState(options.dataDir, state);
  const base = { now: new Date(state.now), attachmentsBaseUrl: state.attachmentsBaseUrl };
  const account = generateAccount({ ...options.account, ...base, seed: state.seed });
  const others = otherSeeds(state).map((seed) =>
    generateAccount({ ...SMALL, ...options.othersSize, ...base, seed }),
  );
  if (state.trouble) {
    trouble = {
      account: troubledAccount(base, options.othersSize),
      closed: closedAccount(base),
      conversations,
      carrier,
    };
    makeTrouble(trouble);
  }
  const accounts = [account, ...others, ...(trouble ? [trouble.account] : [])];
  const stop = async () => void (await Promise.all([conversations.stop(), carrier.stop()]));
  await seedDynamoDB(options.dynamodb, accounts, options.onProgress, options.signal).catch(
    async (error: unknown) => {
      await stop();
      throw error;
    },
  );
  for (const each of accounts) conversations.put(each);
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
    others,
    troubled: trouble?.account,
    conversations,
    carrier,
    stop,
  };
}

const SMALL = { brands: 2, portedNumbers: 2, threads: 300, messages: 6_000 } as const;

/** Ids and phone numbers follow from the seed, so each account has one of its own. */
function otherSeeds({ seed, accounts = 1 }: WorldState): number[] {
  const taken = new Set<number>([seed, ...Object.values(TROUBLE_SEEDS)]);
  const seeds: number[] = [];
  for (let next = 1; seeds.length < accounts - 1; next += 1) if (!taken.has(next)) seeds.push(next);
  return seeds;
}

const portOf = (url: string): number => Number(new URL(url).port);
