import { nativeItem } from '../records/attribute-json.js';
import type { AttributeJson } from '../records/attribute-json.js';
import { parseDumpLine } from '../records/dump-line.js';
import type { MessageContext } from '../records/map-message.js';
import { PlainMessage } from './plain-message.js';
import type { Notation } from './record-reader.js';
import { FIELD } from './written-page.js';
import type { WrittenPage } from './written-page.js';

/** A record as its source wrote it. Fields are cut from the page's text on request. */
export class WrittenRecord {
  constructor(
    private readonly page: WrittenPage,
    private readonly record: number,
    private readonly notation: Notation,
  ) {}

  /** The `message_key`; empty if it is not a string. */
  get key(): string {
    return this.text('message_key') ?? '';
  }

  /** Empty if it is not a string. */
  get threadId(): string {
    return this.text('thread_id') ?? '';
  }

  /** Undefined when the record does not say whose it is. */
  get brandId(): string | undefined {
    return this.text('brand_id');
  }

  /** Whether it says whose it is. */
  get hasBrand(): boolean {
    const { page, record } = this;
    return page.isOdd(record) ? this.brandId !== undefined : page.has(record, FIELD.brand_id);
  }

  isOfBrand(id: Uint8Array): boolean {
    const { page, record } = this;
    return page.isOdd(record)
      ? this.brandId === Buffer.from(id).toString()
      : page.is(record, FIELD.brand_id, id);
  }

  /** The message; undefined when it needs the general way. */
  plain(context: Pick<MessageContext, 'accountId'>): PlainMessage | undefined {
    return PlainMessage.of(this.page, this.record, context, this.notation);
  }

  /** The whole record: as the document client would return it, or as the dump has it. */
  get item(): Record<string, unknown> {
    const text = this.page.written(this.record);
    if (this.notation === 'plain') return parseDumpLine(text) ?? {};
    return nativeItem(JSON.parse(text) as Record<string, AttributeJson>);
  }

  private text(name: 'message_key' | 'thread_id' | 'brand_id'): string | undefined {
    const { page, record } = this;
    if (!page.isOdd(record)) return page.text(record, FIELD[name]);
    // May hold what UTF-8 cannot.
    const value = this.item[name];
    return typeof value === 'string' ? value : undefined;
  }
}
