/**
 * What a source record is mapped to: a row for the store or a quarantined record. PostgreSQL can hold all text in here; all JSON is text exactly as
 * PostgreSQL prints `jsonb`.
 */

export const DIRECTIONS = ['in', 'out', 'system'] as const;
export const MESSAGE_KINDS = ['text', 'call', 'voicemail', 'note'] as const;
export const THREAD_KINDS = ['sms', 'void', 'email', 'chat', 'social'] as const;
export const THREAD_STATUSES = ['open', 'closed', 'archived'] as const;

export type Direction = (typeof DIRECTIONS)[number];
export type MessageKind = (typeof MESSAGE_KINDS)[number];
export type ThreadKind = (typeof THREAD_KINDS)[number];
export type ThreadStatus = (typeof THREAD_STATUSES)[number];

/** A sum of row digests. Independent of order and exact (not reduced), so a lost, doubled or changed row shows. */
export type Digest = bigint;

export interface AttachmentRow {
  /** Conversations' `attachment_id`, unique within its message. */
  readonly sourceId: string;
  readonly url: string;
  readonly contentType: string | null;
  readonly fileName: string | null;
}

export interface MessageRow {
  /** Conversations' `message_id`. */
  readonly sourceId: string;
  /** `message_key`. Of several copies of a message the smallest in byte order wins. */
  readonly sourceKey: string;
  /** Conversations' `thread_id`. Breaks ties between equal keys. */
  readonly sourceThreadId: string;
  readonly direction: Direction;
  readonly kind: MessageKind;
  readonly author: string | null;
  readonly body: string | null;
  /** A timestamp that PostgreSQL reads, UTC. */
  readonly sentAt: string;
  /** jsonb text. */
  readonly telephony: string | null;
  readonly metadata: string | null;
  /** jsonb text: attribute name → base64 of its UTF-16LE, for text that PostgreSQL cannot hold. */
  readonly original: string | null;
  readonly attachments: readonly AttachmentRow[];
  /** Signed, 64 bits. The store computes the same from its columns. */
  readonly digest: Digest;
  /** The sum of its attachments' digests. */
  readonly attachmentsDigest: Digest;
}

export interface ThreadRow {
  /** Conversations' `thread_id`. */
  readonly sourceId: string;
  readonly kind: ThreadKind;
  readonly status: ThreadStatus;
  /** Threads of a brand with the same pair key are one thread in the store. */
  readonly pairKey: string;
  /** E.164 for a possible phone number of an `sms` or `void` thread, otherwise unchanged. */
  readonly c1: string;
  readonly c2: string;
  readonly contactName: string | null;
  /** `last_message_at` as PostgreSQL reads it. The latest thread with a name determines the contact's name. */
  readonly lastMessageAt: string | null;
  readonly original: string | null;
  readonly digest: Digest;
}

export type SourceTable = 'threads' | 'messages';

export interface QuarantinedRecord {
  readonly sourceTable: SourceTable;
  /** Hash and range key, joined by `/`. */
  readonly sourceKey: string;
  /** The range key alone (`message_key`, `thread_id`). The smallest copy represents all. */
  readonly rangeKey: string;
  /** The record's own id; null if it has none or belongs to another account. */
  readonly sourceId: string | null;
  /** SHA-256 (hex) of the id, or of the source key without an id. Equal for copies of a message. */
  readonly identity: string;
  /** Names attributes, never their contents. */
  readonly reason: string;
  /** DynamoDB's attribute-value JSON; null for another account's record. */
  readonly raw: string | null;
}

export type Mapped<Row> =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'quarantined'; readonly record: QuarantinedRecord };
