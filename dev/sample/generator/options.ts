import type { DirtName } from './dirt/names.js';

export interface SampleOptions {
  /** Decides everything: the same options with the same seed give the same account, record for record. */
  seed?: number;
  /** Default `acc_{seed}`. */
  accountId?: string;
  /** 'Today': no record is younger. Never read from the clock, so that an account can be made again later. */
  now: Date;
  brands?: number;
  /** In all; shared out among the brands as evenly as it goes. */
  channels?: number;
  /** How many different phone numbers are to be ported, default four or all there are. Channels that share a number are ported by one order. */
  portedNumbers?: number;
  /** Records in the threads table, planted ones included. */
  threads?: number;
  /** Records in the messages table, planted ones included. */
  messages?: number;
  years?: number;
  /** 0: every thread has as many messages as any other; 1: many small ones, a few large ones. */
  skew?: number;
  /** Share of text messages that carry attachments. */
  attachmentRate?: number;
  /** Where the attachments' addresses begin, without a slash at the end. */
  attachmentsBaseUrl?: string;
  /** Decides the region of the phone numbers; see `numbers.ts` for those that are known. */
  locale?: string;
  /** Planted irregularities: how many of each. `all` plants two of every kind. */
  dirt?: 'all' | Partial<Record<DirtName, number>>;
}

export type ResolvedOptions = Required<Omit<SampleOptions, 'portedNumbers'>> & {
  portedNumbers: number | undefined;
};

/** Fills in what `npm start` uses: 3 brands, 9 channels, 4 numbers to port, 2,000 threads, 40,000 messages. */
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
