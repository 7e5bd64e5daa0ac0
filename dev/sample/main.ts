import { join } from 'node:path';
import type { Clock } from '../../domain/engine/clock.js';
import { startArrivals, type Arrivals } from './arrivals/arrivals.js';
import type { PortSchedule } from './carrier/behaviour.js';
import { startCarrier, type Carrier } from './carrier.js';
import { startConversationsService, type ConversationsService } from './conversations-service.js';
import { seedDynamoDB, type SeedProgress, type SeedTarget } from './dynamodb.js';
import { generateAccount, portedNumbers, type SampleAccount } from './generator/account.js';
import type { SampleOptions } from './generator/options.js';
import {
  closedAccount,
  endTrouble,
  makeTrouble,
  TROUBLE_SEEDS,
  troubledAccount,
  type Troubled,
} from './trouble.js';
import {
  type AccountSize,
  newSecrets,
  readWorldState,
  writeWorldState,
  type WorldState,
} from './world-state.js';

export interface SampleWorldOptions {
  /** The folder for ports, secrets, 'today' and the carrier's orders; the next start with it is the same world. */
  dataDir: string;
  dynamodb: SeedTarget;
  /** Preferred ports at the first start; later starts keep theirs. */
  ports?: { conversations?: number; carrier?: number };
  seed?: number;
  /** The account's 'today', fixed at the first start; default: the clock's. */
  now?: Date;
  /** Other options of the account. */
  account?: Omit<SampleOptions, 'seed' | 'now' | 'attachmentsBaseUrl'>;
  schedule?: PortSchedule;
  /** The number of ordinary accounts; those after the first are small. A world that had more keeps them. */
  accounts?: number;
  /** The size of the accounts after the first; default: that of `npm start`. */
  othersSize?: AccountSize;
  /** Adds acc_7, which has many faults, and acc_8, which is closed. A world that had them keeps them. */
  trouble?: boolean;
  /**
   * Lets Conversations continue to receive messages for the ordinary accounts, whose ports wait until they are released; by default nothing changes.
   */
  arrivals?: ArrivalsPace;
  /** Aborts the seeding. */
  signal?: AbortSignal;
  onProgress?: (progress: SeedProgress) => void;
}

export interface ArrivalsPace {
  readonly everyMs: number;
  readonly clock: Clock;
  /** A change could not be written; it is retried. */
  readonly onTrouble?: (error: unknown) => void;
}

/** The variables for worker and API. */
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
  /** acc_7, if `trouble` is set. */
  troubled: SampleAccount | undefined;
  /** What arrives at Conversations, by account. */
  arrivals: ReadonlyMap<string, Arrivals>;
  conversations: ConversationsService;
  carrier: Carrier;
  stop(): Promise<void>;
}

/**
 * Starts Conversations' API and the carrier for the sample accounts, and writes their records to DynamoDB unless they exist. After any end, including
 * kill -9, the next start with the same folder continues with the same accounts, tokens and, unless they are taken, ports; orders advance.
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
    size: before?.size ?? sizeOf(options.account ?? {}),
    accounts: Math.max(before?.accounts ?? 1, options.accounts ?? 1),
    trouble: before?.trouble === true || options.trouble === true,
  };
  writeWorldState(options.dataDir, state);
  const base = { now: new Date(state.now), attachmentsBaseUrl: state.attachmentsBaseUrl };
  const account = generateAccount({ ...options.account, ...state.size, ...base, seed: state.seed });
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
  const arrivals = new Map<string, Arrivals>();
  const stop = async () => {
    await Promise.all([...arrivals.values()].map((each) => each.stop()));
    await Promise.all([conversations.stop(), carrier.stop()]);
  };
  try {
    await seedDynamoDB(options.dynamodb, accounts, options.onProgress, options.signal);
    for (const each of accounts) conversations.put(each);
    const { dataDir, dynamodb, arrivals: pace } = options;
    if (pace)
      for (const each of [account, ...others]) {
        for (const number of portedNumbers(each)) carrier.setBehaviour(number, { held: true });
        const orders = () => carrier.orders.values();
        arrivals.set(each.accountId, startArrivals({ ...pace, account: each, dataDir, dynamodb, orders }));
      }
  } catch (error) {
    await stop();
    throw error;
  }
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
    arrivals,
    conversations,
    carrier,
    stop,
  };
}

const sizeOf = ({ threads, messages }: AccountSize): AccountSize => ({
  ...(threads === undefined ? {} : { threads }),
  ...(messages === undefined ? {} : { messages }),
});

const SMALL = { brands: 2, portedNumbers: 2, threads: 300, messages: 6_000 } as const;

/** Distinct seeds, because ids and phone numbers derive from them. */
function otherSeeds({ seed, accounts = 1 }: WorldState): number[] {
  const taken = new Set<number>([seed, ...Object.values(TROUBLE_SEEDS)]);
  const seeds: number[] = [];
  for (let next = 1; seeds.length < accounts - 1; next += 1) if (!taken.has(next)) seeds.push(next);
  return seeds;
}

const portOf = (url: string): number => Number(new URL(url).port);
