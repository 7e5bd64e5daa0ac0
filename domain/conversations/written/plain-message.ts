import { ByteWriter } from '../../engine/bytes/writer.js';
import { attachmentsDigest } from '../records/map-attachments.js';
import type { MessageContext } from '../records/map-message.js';
import { withRecording } from '../records/map-recording.js';
import { DIRECTIONS, MESSAGE_KINDS } from '../records/rows.js';
import type { AttachmentRow, Digest, Direction, MessageKind, MessageRow } from '../records/rows.js';
import { canonicalMillis } from '../records/time.js';
import { digestOf } from '../records/digest.js';
import { MINUS, SPACE, ZERO } from './ascii.js';
import { mapText } from './map-text.js';
import type { MapText } from './map-text.js';
import type { Notation } from './record-reader.js';
import { MESSAGE_FIELDS } from './written-page.js';
import type { WrittenPage } from './written-page.js';
import { bytesOf, isId, wordOf } from './page-words.js';

const FIELD = MESSAGE_FIELDS.numbers;
const NO_ATTACHMENTS: readonly AttachmentRow[] = [];
const IDS = [FIELD.message_id, FIELD.thread_id, FIELD.message_key] as const;
const TEXTS_OR_NULL = [FIELD.author, FIELD.body] as const;

/**
 * A message whose row needs no objects: its fields are bytes of its page. The fast way of `mapMessage` for nearly all messages. MUST have the same row
 * as `mapMessage` gives.
 */
export class PlainMessage {
  readonly sourceThreadId: string;
  readonly digest: Digest;
  readonly attachments: readonly AttachmentRow[];
  readonly attachmentsDigest: Digest;

  private constructor(
    readonly page: WrittenPage,
    readonly record: number,
    readonly direction: Direction,
    readonly kind: MessageKind,
    sentMillis: number,
    readonly telephony: MapText | null,
    readonly metadata: MapText | null,
  ) {
    this.sourceThreadId = this.text(FIELD.thread_id) ?? '';
    this.digest = this.digestAt(sentMillis);
    const address = telephony?.recordingUrl;
    this.attachments =
      address === undefined
        ? NO_ATTACHMENTS
        : withRecording(NO_ATTACHMENTS, kind, { recording_url: address });
    this.attachmentsDigest =
      this.attachments.length === 0 ? 0n : attachmentsDigest(this.sourceId, this.attachments);
  }

  /** Undefined if the record needs `mapMessage`. */
  static of(
    page: WrittenPage,
    record: number,
    { accountId }: Pick<MessageContext, 'accountId'>,
    notation: Notation,
  ): PlainMessage | undefined {
    if (page.isOdd(record) || !page.is(record, FIELD.account_id, bytesOf(accountId))) return undefined;
    if (!IDS.every((field) => isId(page, record, field))) return undefined;
    const direction = wordOf(page, record, FIELD.direction, DIRECTIONS);
    const kind = wordOf(page, record, FIELD.kind, MESSAGE_KINDS);
    const sentAt = page.latin1(record, FIELD.sent_at);
    const millis = sentAt === undefined ? undefined : canonicalMillis(sentAt);
    if (direction === undefined || kind === undefined || millis === undefined) return undefined;
    const telephony = mapOf(page, record, FIELD.telephony, notation);
    const metadata = mapOf(page, record, FIELD.metadata, notation);
    if (telephony === undefined || metadata === undefined) return undefined;
    return new PlainMessage(page, record, direction, kind, millis, telephony, metadata);
  }

  get sourceId(): string {
    return this.text(FIELD.message_id) ?? '';
  }

  /** A new object each time. */
  get row(): MessageRow {
    return {
      sourceId: this.sourceId,
      sourceKey: this.text(FIELD.message_key) ?? '',
      sourceThreadId: this.sourceThreadId,
      direction: this.direction,
      kind: this.kind,
      author: this.text(FIELD.author) ?? null,
      body: this.text(FIELD.body) ?? null,
      sentAt: this.text(FIELD.sent_at) ?? '',
      telephony: this.telephony?.bytes.toString() ?? null,
      metadata: this.metadata?.bytes.toString() ?? null,
      original: null,
      attachments: this.attachments,
      digest: this.digest,
      attachmentsDigest: this.attachmentsDigest,
    };
  }

  private text(field: number): string | undefined {
    return this.page.text(this.record, field);
  }

  /** As `messageDigest` defines it. */
  private digestAt(sentMillis: number): Digest {
    const { page, record, telephony, metadata } = this;
    const out = scratch.clear();
    for (const field of IN_DIGEST)
      length(out, page.from(record, field) < 0 ? -1 : page.length(record, field));
    out.ascii(this.direction).byte(SPACE).ascii(this.kind).byte(SPACE);
    sentTimestamp(out, sentMillis);
    for (const field of IN_DIGEST) {
      const from = page.from(record, field);
      if (from < 0) continue;
      out.byte(SPACE).range(page.bytes, from, page.to(record, field));
    }
    for (const map of [telephony, metadata]) {
      out.byte(SPACE);
      if (map === null) out.byte(MINUS);
      else out.range(map.bytes, 0, map.bytes.length);
    }
    return digestOf(out.byte(SPACE).byte(MINUS).written);
  }
}

const IN_DIGEST = [...IDS, ...TEXTS_OR_NULL] as const;
const scratch = new ByteWriter(Buffer.allocUnsafeSlow(16_384));

function length(out: ByteWriter, bytes: number): void {
  if (bytes >= 0 && bytes < 10) out.byte(ZERO + bytes);
  else if (bytes >= 10 && bytes < 100) out.byte(ZERO + Math.floor(bytes / 10)).byte(ZERO + (bytes % 10));
  else out.ascii(String(bytes));
  out.byte(SPACE);
}

/** 2000-01-01, PostgreSQL's epoch, in milliseconds since 1970. */
const EPOCH = 946_684_800_000;
const TWO_32 = 2 ** 32;

/** The hexadecimal form of `timestamptz_send`. */
function sentTimestamp(out: ByteWriter, millis: number): void {
  const micros = (millis - EPOCH) * 1000;
  if (micros >= 0 && Number.isSafeInteger(micros)) {
    hex(out, Math.floor(micros / TWO_32));
    hex(out, micros % TWO_32);
    return;
  }
  const exact = BigInt.asUintN(64, BigInt(millis - EPOCH) * 1000n);
  out.ascii(exact.toString(16).padStart(16, '0'));
}

const HEX = Buffer.from('0123456789abcdef');

function hex(out: ByteWriter, value: number): void {
  for (let shift = 28; shift >= 0; shift -= 4) out.byte(HEX[(value >>> shift) & 15] ?? 0);
}

interface KnownMap {
  readonly written: Buffer;
  readonly notation: Notation;
  readonly text: MapText | undefined;
}

/** Caches the last small map of each field, because maps of one app's messages are mostly equal. */
const known = new Map<number, KnownMap>();
const SMALL_MAP = 256;

/** Null without the map; undefined if it needs the general way. */
function mapOf(
  page: WrittenPage,
  record: number,
  field: number,
  notation: Notation,
): MapText | null | undefined {
  const from = page.from(record, field);
  if (from < 0) return null;
  const last = known.get(field);
  if (last?.notation === notation && page.is(record, field, last.written)) return last.text;
  const to = page.to(record, field);
  const text = mapText(page.bytes, from, to, notation);
  if (to - from <= SMALL_MAP)
    known.set(field, { written: Buffer.from(page.bytes.subarray(from, to)), notation, text });
  return text;
}
