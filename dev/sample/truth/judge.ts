import { parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js';
import { DateTime } from 'luxon';
import type { LooseItem } from '../contract.js';

/**
 * Judges single records by the contract alone. It shares no code with the product, so that agreement means that both read the contract the same
 * way.
 */

export interface TakenThread {
  brand: string;
  id: string;
  kind: string;
  c1: string;
  c2: string;
  name: string | null;
  status: string;
  lastMessageAt: string;
}

export interface TakenMessage {
  id: string;
  sentAt: number;
  direction: string;
  kind: string;
  author: string | null;
  body: string | null;
  telephony: unknown;
  metadata: unknown;
  attachments: string[];
  original: Record<string, string> | null;
}

export type Verdict<Taken> = { taken: Taken } | { refused: string };

const THREAD_KINDS = new Set(['sms', 'void', 'email', 'chat', 'social']);
const STATUSES = new Set(['open', 'closed', 'archived']);
const DIRECTIONS = new Set(['in', 'out', 'system']);
const MESSAGE_KINDS = new Set(['text', 'call', 'voicemail', 'note']);

export const isPhoneKind = (kind: string): boolean => kind === 'sms' || kind === 'void';

export function judgeThread(
  item: LooseItem,
  accountId: string,
  region: CountryCode | undefined,
): Verdict<TakenThread> {
  const { brand_id, thread_id, account_id, kind, c1, c2, c2_name, status, last_message_at } = item;
  if (account_id !== accountId) return { refused: 'account_id' };
  if (typeof kind !== 'string' || !THREAD_KINDS.has(kind)) return { refused: 'kind' };
  if (typeof status !== 'string' || !STATUSES.has(status)) return { refused: 'status' };
  if (c2_name !== undefined && typeof c2_name !== 'string') return { refused: 'c2_name' };
  const business = identity(c1, kind, region);
  const contact = identity(c2, kind, region);
  if (business === undefined) return { refused: 'c1' };
  if (contact === undefined) return { refused: 'c2' };
  return {
    taken: {
      brand: String(brand_id),
      id: String(thread_id),
      kind,
      c1: business,
      c2: contact,
      name: c2_name === undefined ? null : storableText(c2_name),
      status,
      lastMessageAt: String(last_message_at),
    },
  };
}

export function judgeMessage(item: LooseItem, accountId: string): Verdict<TakenMessage> {
  const { account_id, message_id, direction, kind, author, body, attachments, telephony, metadata } = item;
  if (account_id !== accountId) return { refused: 'account_id' };
  if (typeof message_id !== 'string') return { refused: 'message_id' };
  if (typeof direction !== 'string' || !DIRECTIONS.has(direction)) return { refused: 'direction' };
  if (typeof kind !== 'string' || !MESSAGE_KINDS.has(kind)) return { refused: 'kind' };
  if (author !== undefined && typeof author !== 'string') return { refused: 'author' };
  if (body !== undefined && typeof body !== 'string') return { refused: 'body' };
  if (attachments !== undefined && !Array.isArray(attachments)) return { refused: 'attachments' };
  if (telephony !== undefined && !isMap(telephony)) return { refused: 'telephony' };
  const sentAt = timeOf(item['sent_at']) ?? timeOf(String(item['message_key']).split('#')[0]);
  if (sentAt === undefined) return { refused: 'sent_at' };
  const changed = Object.entries({ author, body }).filter(([, text]) => text !== undefined && storableText(text) !== text); // prettier-ignore
  return {
    taken: {
      id: message_id,
      sentAt,
      direction,
      kind,
      author: author === undefined ? null : storableText(author),
      body: body === undefined ? null : storableText(body),
      telephony: telephony === undefined ? null : storable(telephony),
      metadata: metadata === undefined ? null : storable(metadata),
      attachments: attachmentIds(attachments ?? [], kind, telephony as LooseItem | undefined),
      original:
        changed.length === 0
          ? null
          : Object.fromEntries(changed.map(([name, text]) => [name, utf16Base64(String(text))])),
    },
  };
}

/** The ids of a message's attachments, including the recording of a call or voicemail. */
function attachmentIds(files: unknown[], kind: string, telephony: LooseItem | undefined): string[] {
  const ids = files.map((file) => String((file as LooseItem)['attachment_id']));
  const recording = telephony?.['recording_url'];
  const isRecorded = (kind === 'call' || kind === 'voicemail') && typeof recording === 'string';
  if (!isRecorded || !/^https?:/.test(recording)) return ids;
  const isListed = files.some((file) => (file as LooseItem)['url'] === recording);
  return isListed ? ids : [...ids, 'recording'];
}

/** Normalizes phone numbers to E.164, national ones by the account's region; other identities stay unchanged. */
function identity(value: unknown, kind: string, region: CountryCode | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (!isPhoneKind(kind)) return storableText(value);
  const number = parsePhoneNumberFromString(value, region);
  return number?.isPossible() === true ? number.number : undefined;
}

/** Milliseconds since 1970 of an ISO 8601 date and time with a zone; undefined for anything else. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/T.*(Z|[+-]\d{2}(:?\d{2})?)$/i.test(value)) return undefined;
  const time = DateTime.fromISO(value, { setZone: true });
  return time.isValid ? time.toMillis() : undefined;
}

const isMap = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const utf16Base64 = (text: string): string => Buffer.from(text, 'utf16le').toString('base64');

export const storableText = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\ufffd');

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [storableText(name), storable(inner)]),
  );
}
