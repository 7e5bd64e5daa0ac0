import type { Business } from './business.js';
import type { ResolvedOptions } from './options.js';
import { mix, unit } from './random.js';
import type { Recency } from './times.js';

/** The brand, channel and length of each thread, in a few bytes, so that half a million threads fit in memory. */
export interface ThreadPlan {
  threads: number;
  messages: number;
  brandOf: Uint16Array;
  channelOf: Uint16Array;
  contactOf: Uint32Array;
  countOf: Uint32Array;
  recencyOf(thread: number): Recency;
}

const CHANNEL_WEIGHT = { sms: 5, void: 3, email: 2, chat: 1.5, social: 1 } as const;

/**
 * 1. Distribute the threads among the brands, the first being the largest, and within a brand among its channels.
 * 2. Give about three in ten threads a contact who already has one in that brand, and one in fifty a contact of any brand. So some pairs of
 *    (C1, C2) have several sms and void threads.
 * 3. Distribute the messages by random weights, without losing any to rounding.
 */
export function planThreads(
  options: ResolvedOptions,
  business: Business,
  size: { threads: number; messages: number },
): ThreadPlan {
  // prettier-ignore
  const { threads, messages } = size;
  const brandOf = new Uint16Array(threads);
  const channelOf = new Uint16Array(threads);
  const contactOf = new Uint32Array(threads);
  const ordinalOf = new Uint32Array(threads);
  const brandSizes = shareOut(threads, business.brands.map((_entry, index) => 1 / (index + 1.5)), 1); // prettier-ignore

  let thread = 0;
  let contacts = 0;
  for (const [brandIndex, brandSize] of brandSizes.entries()) {
    const channels = business.brands[brandIndex]?.channels ?? [];
    const weights = channels.map((entry) => CHANNEL_WEIGHT[entry.kind]);
    for (let ordinal = 0; ordinal < brandSize; ordinal++, thread++) {
      const chance = (purpose: number) => unit(options.seed, 20, thread, purpose);
      brandOf[thread] = brandIndex;
      ordinalOf[thread] = ordinal;
      channelOf[thread] = weighted(weights, chance(1));
      const known = chance(2);
      if (known < 0.28 && ordinal > 0) {
        contactOf[thread] = contactOf[thread - 1 - Math.floor(chance(3) * Math.min(ordinal, 40))] ?? 0;
      } else if (known < 0.3 && thread > 0) {
        contactOf[thread] = contactOf[Math.floor(chance(3) * thread)] ?? 0;
      } else {
        contactOf[thread] = contacts++;
      }
    }
  }

  const countOf = countMessages(options, threads, messages);
  return {
    threads,
    messages,
    brandOf,
    channelOf,
    contactOf,
    countOf,
    recencyOf(index) {
      const ordinal = ordinalOf[index] ?? 0;
      if (ordinal % 40 === 0) return 'today';
      return ordinal % 10 === 1 ? 'last-30-days' : 'any';
    },
  };
}

function countMessages(options: ResolvedOptions, threads: number, messages: number): Uint32Array {
  const weights = Array.from({ length: threads }, (_none, thread) =>
    Math.min(500, (1 - unit(options.seed, 21, thread)) ** (-options.skew / 1.2)),
  );
  return shareOut(messages, weights, 1);
}

/** Integer shares in proportion to the weights, which add up to the total; each at least `least` if the total suffices. */
function shareOut(total: number, weights: number[], least: number): Uint32Array {
  const shares = new Uint32Array(weights.length);
  const floor = total >= weights.length * least ? least : 0;
  const rest = total - floor * weights.length;
  const sum = weights.reduce((before, weight) => before + weight, 0);
  let given = 0;
  let owed = 0;
  for (const [index, weight] of weights.entries()) {
    // Rounding errors carry over to the next share, so that the last one evens them out.
    owed += (rest * weight) / sum;
    const share =
      index === weights.length - 1 ? rest - given : Math.min(rest - given, Math.round(owed) - given);
    shares[index] = floor + Math.max(0, share);
    given += Math.max(0, share);
  }
  return shares;
}

function weighted(weights: number[], chance: number): number {
  let left = chance * weights.reduce((before, weight) => before + weight, 0);
  for (const [index, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return index;
  }
  return weights.length - 1;
}

/** The seed for everything in one thread. */
export const threadSeed = (options: ResolvedOptions, thread: number): number => mix(options.seed, 22, thread);
