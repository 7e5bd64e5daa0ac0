import { nativeItem } from './attribute-json.js';
import type { AttributeJson } from './attribute-json.js';
import { messageDigest } from './digest.js';
import { jsonbText } from './jsonb.js';
import type { MessageContext } from './map-message.js';
import { DIRECTIONS, MESSAGE_KINDS } from './rows.js';
import type { Digest, Direction, MessageKind, MessageRow } from './rows.js';
import { storable } from '../../engine/text.js';
import { timestampOf } from './time.js';

/** The attributes of a plain message that are read: strings and maps. */
export const PLAIN_TEXTS = [
  'account_id',
  'thread_id',
  'message_key',
  'message_id',
  'direction',
  'kind',
  'author',
  'body',
  'sent_at',
] as const;
export const PLAIN_MAPS = ['telephony', 'metadata'] as const;

/** The attributes of a message with the contract's types, as found in DynamoDB's JSON. Maps are the DynamoDB JSON of their members. */
export type PlainMessage = {
  [Name in (typeof PLAIN_TEXTS)[number] | (typeof PLAIN_MAPS)[number]]?: string | undefined;
} & {
  /** No string, except within maps, was written with an escape. */
  readonly verbatim: boolean;
};

/** Short enough for an id whatever its characters are. */
const MAX_ID_LENGTH = 341;

/**
 * The fast path of `mapMessage` for nearly all messages: the same row, or undefined if the message needs the general path. MUST return a row only if
 * `mapMessage` returns the same one.
 *
 * @param digest the row's digest if known, since computing it is most of the work
 */
export function mapPlainMessage(
  message: PlainMessage,
  { accountId }: MessageContext,
  digest?: Digest,
): MessageRow | undefined {
  const { thread_id: sourceThreadId, message_key: sourceKey, message_id: sourceId, sent_at: at } = message;
  if (message.account_id !== accountId || !isId(sourceThreadId) || !isId(sourceKey) || !isId(sourceId))
    return undefined;
  if (!isDirection(message.direction) || !isKind(message.kind)) return undefined;
  const sentAt = at === undefined ? undefined : timestampOf(at);
  if (!sentAt || (!message.verbatim && !isStorable(message))) return undefined;
  const telephony = mapText(message.telephony);
  const metadata = mapText(message.metadata);
  if (telephony === undefined || metadata === undefined) return undefined;
  // A recording becomes an attachment.
  if (telephony?.includes('recording_url') === true) return undefined;

  const row = {
    sourceId,
    sourceKey,
    sourceThreadId,
    direction: message.direction,
    kind: message.kind,
    author: message.author ?? null,
    body: message.body ?? null,
    sentAt: sentAt.text,
    telephony,
    metadata,
    original: null,
    attachments: NO_ATTACHMENTS,
    digest: 0n,
    attachmentsDigest: 0n,
  };
  row.digest = digest ?? messageDigest(row, sentAt.micros);
  return row;
}

const NO_ATTACHMENTS: MessageRow['attachments'] = [];

function isId(text: string | undefined): text is string {
  return text !== undefined && text !== '' && text.length <= MAX_ID_LENGTH;
}

function isDirection(text: string | undefined): text is Direction {
  return (DIRECTIONS as readonly (string | undefined)[]).includes(text);
}

function isKind(text: string | undefined): text is MessageKind {
  return (MESSAGE_KINDS as readonly (string | undefined)[]).includes(text);
}

/** An escape may stand for a NUL or a lone surrogate; unescaped text decoded from UTF-8 contains neither. */
function isStorable(message: PlainMessage): boolean {
  const texts = [message.thread_id, message.message_key, message.message_id, message.author, message.body];
  return texts.every((text) => text === undefined || storable(text) === text);
}

/** The last map and its text: maps of one app's messages are mostly equal. */
let [lastMap, lastText]: [string, string | undefined] = ['', undefined];

/** Null without a map; undefined if text had to be replaced. */
function mapText(members: string | undefined): string | null | undefined {
  if (members === undefined) return null;
  if (members === lastMap) return lastText;
  const attributes = JSON.parse(members) as Record<string, AttributeJson>;
  const { text, replaced, tooDeep } = jsonbText(nativeItem(attributes));
  [lastMap, lastText] = [members, replaced || tooDeep ? undefined : text];
  return lastText;
}
