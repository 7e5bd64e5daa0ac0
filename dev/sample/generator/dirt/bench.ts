import { parsePhoneNumberWithError } from 'libphonenumber-js';
import type { LooseItem, ThreadKind } from '../../contract.js';
import type { SampleBrand, SampleChannel } from '../business.js';
import { threadMessages } from '../messages.js';
import { createFaker, mix } from '../random.js';
import { makeThread, type Workshop } from '../thread.js';
import type { Recency } from '../times.js';
import type { DirtName, PlantedOutcome, PlantedRecord } from './names.js';

/** A thread to be damaged. Its records are added once all damage is done. */
export interface Draft {
  thread: LooseItem;
  /** Oldest first. */
  messages: LooseItem[];
}

export interface DraftOptions {
  kind?: ThreadKind;
  recency?: Recency;
  /** False for messages whose thread record is missing. */
  withRecord?: boolean;
}

/** Builds irregular records: first complete, plausible threads, which a kind of dirt then spoils. */
export class DirtBench {
  readonly threads: LooseItem[] = [];
  readonly messages: LooseItem[] = [];
  readonly planted: PlantedRecord[] = [];
  readonly now: number;
  private readonly faker = createFaker();
  private made = 0;

  constructor(
    private readonly workshop: Workshop,
    private readonly dirt: DirtName,
    /** Keeps the drafts of one kind of dirt distinct from those of the others. */
    private readonly firstSerial: number,
  ) {
    this.now = workshop.options.now.getTime();
  }

  get serials(): number {
    return this.made;
  }

  /** Drafts a thread with its own contact. Brands take turns. */
  draft(count: number, options: DraftOptions = {}): Draft {
    const serial = this.firstSerial + this.made++;
    const { brand, channel } = this.placeFor(options.kind ?? 'sms', serial);
    const context = makeThread(
      this.workshop,
      {
        serial,
        seed: mix(this.workshop.options.seed, 70, serial),
        brand,
        channel,
        contact: serial,
        count,
        recency: options.recency ?? 'last-30-days',
      },
      this.faker,
    );
    const thread: LooseItem = { ...context.thread };
    const messages: LooseItem[] = [...threadMessages(this.faker, context)];
    if (options.withRecord !== false) this.threads.push(thread);
    this.messages.push(...messages);
    return { thread, messages };
  }

  /** Gives the drafts the same brand and the same pair of (C1, C2). */
  sameBrand(drafts: Draft[]): void {
    const [first] = drafts;
    for (const { thread, messages } of drafts) {
      for (const record of [thread, ...messages]) record['brand_id'] = first?.thread['brand_id'];
      thread['channel_id'] = first?.thread['channel_id'];
      thread['c1'] = first?.thread['c1'];
      thread['c2'] = first?.thread['c2'];
    }
  }

  /** A thread's numbers as E.164, whatever their form. */
  properNumbers(thread: LooseItem): { c1: string; c2: string } {
    const { region } = this.workshop.numbers;
    const proper = (text: unknown) => parsePhoneNumberWithError(String(text), region).number;
    return { c1: proper(thread['c1']), c2: proper(thread['c2']) };
  }

  /** Changes a message's time in its key, in `sent_at`, or in both. */
  retime(message: LooseItem, at: number, where: 'key' | 'sent_at' | 'both'): void {
    const time = new Date(at).toISOString();
    if (where !== 'key') message['sent_at'] = time;
    if (where !== 'sent_at') message['message_key'] = `${time}#${String(message['message_id'])}`;
  }

  expect(outcome: PlantedOutcome, ...records: LooseItem[]): void {
    for (const record of records) {
      const isMessage = 'message_key' in record;
      const keys = isMessage ? ['thread_id', 'message_key'] : ['brand_id', 'thread_id'];
      const id = record[isMessage ? 'message_id' : 'thread_id'];
      this.planted.push({
        dirt: this.dirt,
        table: isMessage ? 'messages' : 'threads',
        key: keys.map((name) => String(record[name])).join('/'),
        sourceId: typeof id === 'string' ? id : null,
        outcome,
      });
    }
  }

  private placeFor(kind: ThreadKind, serial: number): { brand: SampleBrand; channel: SampleChannel } {
    const places = this.workshop.business.brands.flatMap((brand) =>
      brand.channels.filter((channel) => channel.kind === kind).map((channel) => ({ brand, channel })),
    );
    const place = places[serial % places.length];
    if (place === undefined)
      throw new RangeError(`${this.dirt} needs a channel for ${kind}; ask for more channels`);
    return place;
  }
}
