import type { DirtName } from './dirt/names.js';

export interface SampleOptions {
  /** The same options with the same seed give the same account, record for record. */
  seed?: number;
  /** Default: `acc_{seed}`. */
  accountId?: string;
  /** 'Today': no record is younger. The clock is not read, so that an account can be generated again later. */
  now: Date;
  brands?: number;
  /** The total, distributed evenly among the brands. */
  channels?: number;
  /** The number of distinct phone numbers to port; default: four, or all if there are fewer. Channels that share a number share an order. */
  portedNumbers?: number;
  /** Records in the threads table, planted ones included. */
  threads?: number;
  /** Records in the messages table, planted ones included. */
  messages?: number;
  years?: number;
  /** 0: all threads have equally many messages; 1: there are many small threads and a few large ones. */
  skew?: number;
  /** The share of text messages with attachments. */
  attachmentRate?: number;
  /** The beginning of the attachments' addresses, without a slash at the end. */
  attachmentsBaseUrl?: string;
  /** Decides the region of the phone numbers; `numbers.ts` has the known ones. */
  locale?: string;
  /** The number of planted irregularities of each kind. `all` plants at least two of every kind. */
  dirt?: 'all' | Partial<Record<DirtName, number>>;
}

export type ResolvedOptions = Required<Omit<SampleOptions, 'portedNumbers'>> & {
  portedNumbers: number | undefined;
};

/** Applies the defaults, which `npm start` uses: 3 brands, 9 channels, 4 numbers to port, 2,000 threads, 40,000 messages. */
export function resolveOptions(options: SampleOptions): ResolvedOptions {
  const seed = options.seed ?? 1;
  const brands = options.brands ?? 3;
  const channels = options.channels ?? brands * 3;
  const resolved: ResolvedOptions = {
    seed,
    accountId: options.accountId ?? `acc_${seed}`,
    now: options.now,
    brands,
    channels,
    portedNumbers: options.portedNumbers,
    threads: options.threads ?? 2_000,
    messages: options.messages ?? 40_000,
    years: options.years ?? 3,
    skew: options.skew ?? 1,
    attachmentRate: options.attachmentRate ?? 0.03,
    attachmentsBaseUrl: options.attachmentsBaseUrl ?? 'http://127.0.0.1:9/files',
    locale: options.locale ?? 'en-US',
    dirt: options.dirt ?? {},
  };
  if (Number.isNaN(resolved.now.getTime())) throw new RangeError('now is no date');
  if (resolved.brands < 1) throw new RangeError('a sample account needs a brand at least');
  if (resolved.channels < resolved.brands)
    throw new RangeError('a sample account needs a channel for each brand');
  return resolved;
}
