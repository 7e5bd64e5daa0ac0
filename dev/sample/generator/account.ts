import type { LooseItem, MigrationPayload, SourceAccount } from '../contract.js';
import { createBusiness } from './business.js';
import type { PlantedRecord } from './dirt/names.js';
import { plantDirt } from './dirt/plant.js';
import { threadMessages } from './messages.js';
import { numberBook } from './numbers.js';
import { ongoingThreads, type OngoingThreads } from './ongoing.js';
import { resolveOptions, type ResolvedOptions, type SampleOptions } from './options.js';
import { planThreads, threadSeed, type ThreadPlan } from './plan.js';
import { createFaker } from './random.js';
import { makeThread, type ThreadOrder, type Workshop } from './thread.js';

/** A fictional account of Conversations: what its HTTP API answers and what its tables hold. */
export interface SampleAccount {
  options: ResolvedOptions;
  accountId: string;
  /** The answer of `GET /accounts/{account_id}`. */
  account: SourceAccount;
  /** The answer of `GET /accounts/{account_id}/migration-payload`. */
  payload: MigrationPayload;
  /** Records in the tables, planted ones included; `ports` counts distinct numbers. */
  counts: { brands: number; channels: number; ports: number; threads: number; messages: number };
  /** Generates every record of the threads table, the same each time. */
  threads(): Generator<LooseItem>;
  /** Generates every record of the messages table, the same each time, in no useful order. */
  messages(): Generator<LooseItem>;
  /** The planted irregularities and the expected outcome of each. */
  planted: PlantedRecord[];
  /** Threads in which people continue to write. */
  ongoing(): OngoingThreads;
}

/**
 * Generates an account from its options. The same options always give the same account; the clock is not read. Memory grows with the number
 * of threads (some 20 bytes each), not of messages.
 * @throws RangeError for options that contradict each other
 */
export function generateAccount(given: SampleOptions): SampleAccount {
  const options = resolveOptions(given);
  const numbers = numberBook(options.locale, options.seed);
  const business = createBusiness(options, numbers, createFaker());
  const workshop: Workshop = { options, business, numbers };
  const dirt = plantDirt(workshop);
  const regular = {
    threads: options.threads - dirt.threads.length,
    messages: options.messages - dirt.messages.length,
  };
  if (regular.threads < 0 || regular.messages < 0) {
    throw new RangeError(
      `the planted records alone are ${dirt.threads.length} threads and ${dirt.messages.length} messages; ask for more in all`,
    );
  }
  const plan = planThreads(options, business, regular);
  const channels = business.payload.brands.flatMap((brand) => brand.channels);
  const { account_id, name } = business.payload.account;
  return {
    options,
    accountId: account_id,
    account: { account_id, name, status: 'active' },
    payload: business.payload,
    counts: {
      brands: business.brands.length,
      channels: channels.length,
      ports: portedNumbers(business).length,
      threads: options.threads,
      messages: options.messages,
    },
    *threads() {
      const faker = createFaker();
      for (let index = 0; index < plan.threads; index++) {
        yield makeThread(workshop, orderOf(workshop, plan, index), faker).thread;
      }
      yield* dirt.threads;
    },
    *messages() {
      const faker = createFaker();
      for (let index = 0; index < plan.threads; index++) {
        yield* threadMessages(faker, makeThread(workshop, orderOf(workshop, plan, index), faker));
      }
      yield* dirt.messages;
    },
    planted: dirt.planted,
    ongoing: () => ongoingThreads(workshop, plan, (index) => orderOf(workshop, plan, index)),
  };
}

/** The distinct numbers to port. */
export function portedNumbers({ payload }: Pick<SampleAccount, 'payload'>): string[] {
  const channels = payload.brands.flatMap((brand) => brand.channels);
  const ported = channels.filter((channel) => channel.port_phone_number);
  return [...new Set(ported.flatMap((channel) => channel.phone_number ?? []))];
}

function orderOf(workshop: Workshop, plan: ThreadPlan, index: number): ThreadOrder {
  const brand = workshop.business.brands[plan.brandOf[index] ?? 0];
  const channel = brand?.channels[plan.channelOf[index] ?? 0];
  if (brand === undefined || channel === undefined)
    throw new Error(`thread ${index} has no place in the plan`);
  return {
    serial: index,
    seed: threadSeed(workshop.options, index),
    brand,
    channel,
    contact: plan.contactOf[index] ?? 0,
    count: plan.countOf[index] ?? 0,
    recency: plan.recencyOf(index),
  };
}
