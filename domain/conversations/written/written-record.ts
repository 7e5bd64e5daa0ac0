import { nativeItem } from '../records/attribute-json.js';
import type { AttributeJson } from '../records/attribute-json.js';
import { parseDumpLine } from '../records/dump-line.js';
import type { MessageContext } from '../records/map-message.js';
import type { ThreadContext } from '../records/map-thread.js';
import type { ThreadRow } from '../records/rows.js';
import { PlainMessage } from './plain-message.js';
import { plainThread } from './plain-thread.js';
import type { Notation } from './record-reader.js';
import { MESSAGE_FIELDS } from './written-page.js';
import type { Fields, WrittenPage } from './written-page.js';

const { brand_id: BRAND_ID } = MESSAGE_FIELDS.numbers;

/** A record as its source wrote it. Fields are cut from the page's text on request. */
export class WrittenRecord {
  constructor(
    private readonly page: WrittenPage,
    private readonly record: number,
    private readonly notation: Notation,
    private readonly fields: Fields,
  ) {}

  /** Undefined if the record names no brand. */
  get brandId(): string | undefined {
    return this.text('brand_id');
  }

  /** Whether it names its brand. */
  get hasBrand(): boolean {
    const { page, record } = this;
    return page.isOdd(record) ? this.brandId !== undefined : page.has(record, BRAND_ID);
  }

  isOfBrand(id: Uint8Array): boolean {
    const { page, record } = this;
    return page.isOdd(record) ? this.brandId === Buffer.from(id).toString() : page.is(record, BRAND_ID, id);
  }

  /** The message; undefined when it needs the general way. */
  message(context: Pick<MessageContext, 'accountId'>): PlainMessage | undefined {
    return PlainMessage.of(this.page, this.record, context, this.notation);
  }

  /** The thread's row; undefined when it needs the general way. */
  thread(context: Pick<ThreadContext, 'accountId' | 'region'>): ThreadRow | undefined {
    return plainThread(this.page, this.record, context);
  }

  /** The whole record: as the document client would return it, or as the dump has it. */
  get item(): Record<string, unknown> {
    const text = this.page.written(this.record);
    if (this.notation === 'plain') return parseDumpLine(text) ?? {};
    return nativeItem(JSON.parse(text) as Record<string, AttributeJson>);
  }

  /** An attribute that is a string. Makes the item for attributes that are not read. */
  text(name: string): string | undefined {
    const { page, record, fields } = this;
    const field = Object.hasOwn(fields.numbers, name) ? fields.numbers[name] : undefined;
    if (field !== undefined && !page.isOdd(record)) return page.text(record, field);
    // May hold text that UTF-8 cannot.
    const value = this.item[name];
    return typeof value === 'string' ? value : undefined;
  }
}
