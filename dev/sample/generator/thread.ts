import type { ThreadItem } from '../contract.js';
import type { Business, SampleBrand, SampleChannel } from './business.js';
import type { ThreadContext } from './messages.js';
import type { NumberBook } from './numbers.js';
import type { ResolvedOptions } from './options.js';
import { asSomebodyWroteIt, personOf, type Person } from './people.js';
import { createFaker, mix, unit } from './random.js';
import { iso, threadTimes, type Recency } from './times.js';

const YEAR = 365.25 * 86_400_000;

/** Everything needed to generate threads. */
export interface Workshop {
  options: ResolvedOptions;
  business: Business;
  numbers: NumberBook;
}

/** The thread to generate. `serial` is its position among all threads of the account, from which its ids derive. */
export interface ThreadOrder {
  serial: number;
  seed: number;
  brand: SampleBrand;
  channel: SampleChannel;
  contact: number;
  count: number;
  recency: Recency;
}

/** Generates a thread record, and everything that its messages derive from. */
export function makeThread(workshop: Workshop, order: ThreadOrder, faker = createFaker()): ThreadContext {
  const { options, business, numbers } = workshop;
  const { seed, brand, channel } = order;
  const to = options.now.getTime();
  const times = threadTimes(seed, order.count, order.recency, { from: to - options.years * YEAR, to });
  const person = personOf(faker, numbers, options.seed, business.tag, order.contact);
  const last = order.count === 0 ? times.createdAt : times.at(order.count - 1);
  const serial = order.serial.toString(36).padStart(4, '0');
  const thread: ThreadItem = {
    brand_id: brand.brand.brand_id,
    thread_id: `thr_${business.tag}${serial}`,
    account_id: options.accountId,
    channel_id: channel.channel.channel_id,
    kind: channel.kind,
    ...identities(channel, person, seed),
    ...nameAsKnown(person, seed),
    status: statusOf(seed, to - last),
    created_at: iso(times.createdAt),
    last_message_at: iso(last),
  };
  const cast = {
    brand: brand.brand.name,
    trade: brand.trade,
    agents: brand.agents,
    contact: person.name,
    isFormal: channel.kind === 'email',
    around: last,
  };
  const messageId = (index: number) => `msg_${business.tag}${serial}${index.toString(36).padStart(4, '0')}`;
  return { options, thread, times, cast, seed, messageId };
}

function identities(channel: SampleChannel, person: Person, seed: number): { c1: string; c2: string } {
  const c2 = person.c2(channel.kind);
  if (channel.kind !== 'sms' && channel.kind !== 'void') return { c1: channel.c1, c2 };
  return {
    c1: asSomebodyWroteIt(channel.c1, mix(seed, 60), 0.08),
    c2: asSomebodyWroteIt(c2, mix(seed, 61), 0.2),
  };
}

/** Some threads have the contact's full name, some only the first name, some none. */
function nameAsKnown(person: Person, seed: number): { c2_name?: string } {
  const chance = unit(seed, 62);
  if (chance < 0.15) return {};
  return { c2_name: chance < 0.25 ? (person.name.split(' ')[0] ?? person.name) : person.name };
}

function statusOf(seed: number, age: number): ThreadItem['status'] {
  const chance = unit(seed, 63);
  if (age < YEAR / 12) return chance < 0.6 ? 'open' : 'closed';
  if (age < YEAR) return chance < 0.1 ? 'open' : 'closed';
  return chance < 0.5 ? 'archived' : 'closed';
}
