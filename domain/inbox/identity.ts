import type { InboxType } from './inbox-type.js';

/**
 * The person or group behind a contact inbox, written the same way for every type of inbox, so that identities can be compared as text:
 * `phone:5511987654321`, `group:1203630@g.us`, `lid:99@lid`, `scoped:US.13491208655302741918`. Null if it is unknown.
 */
export type Identity = string | null;

/** What an identity is derived from: the contact inbox, and the fields of its contact. */
export interface IdentityFacts {
  readonly sourceId: string | null;
  readonly identifier: string | null;
  readonly phoneNumber: string | null;
}

/** The rules as patterns that JavaScript and PostgreSQL read alike: the SQL of `gateways/chatwoot` uses the same ones. */
export const PATTERNS = {
  group: '@g[.]us$',
  lid: '@lid$',
  /** A JID of a person; another device of theirs has a number after a colon. */
  person: '^[+]?([0-9]{1,15})(:[0-9]+)?@(s[.]whatsapp[.]net|c[.]us)$',
  /** A phone number as people and bridges write it. */
  phone: '^[+]?[0-9][-0-9 ().]*$',
  digits: '^[0-9]{1,15}$',
  /** Identifies a person only within one Meta business portfolio. */
  scoped: '^(whatsapp:)?([A-Z]{2}[.](ENT[.])?[0-9A-Za-z]+)$',
  prefix: '^(whatsapp:)?[+]?',
} as const;

/** Evolution's contact for its own messages. */
export const BOT_DIGITS = '123456';

const RULES = Object.fromEntries(
  Object.entries(PATTERNS).map(([name, pattern]) => [name, new RegExp(pattern)]),
) as Readonly<Record<keyof typeof PATTERNS, RegExp>>;

/** The identity of a contact inbox of an inbox of this type. */
export function identityOf(type: InboxType, facts: IdentityFacts): Identity {
  return type === 'evolution' ? ofEvolution(facts) : ofSourceId(facts.sourceId ?? '');
}

/**
 * Evolution's own source ids are random, so the identity comes from the contact: from its identifier if that is a JID, otherwise from its phone
 * number. A bridge's source id counts only if the contact has neither.
 */
function ofEvolution({ identifier, phoneNumber, sourceId }: IdentityFacts): Identity {
  const found = ofJid(trim(identifier)) ?? ofPhone(trim(phoneNumber)) ?? ofBridge(trim(sourceId));
  return found === phone(BOT_DIGITS) ? null : found;
}

function ofJid(text: string): Identity {
  if (RULES.group.test(text)) return `group:${text}`;
  if (RULES.lid.test(text)) return `lid:${text}`;
  const digits = RULES.person.exec(text)?.[1];
  return digits === undefined ? null : phone(digits);
}

function ofPhone(text: string): Identity {
  if (!RULES.phone.test(text)) return null;
  const digits = text.replaceAll(/[^0-9]/g, '');
  return RULES.digits.test(digits) ? phone(digits) : null;
}

function ofBridge(text: string): Identity {
  return ofJid(text) ?? (RULES.digits.test(text) ? phone(text) : null);
}

function ofSourceId(text: string): Identity {
  const scoped = RULES.scoped.exec(text)?.[2];
  if (scoped !== undefined) return `scoped:${scoped}`;
  const digits = text.replace(RULES.prefix, '');
  if (RULES.digits.test(digits)) return phone(digits);
  return ofJid(digits);
}

/** Without white space at its ends, as PostgreSQL's `btrim` with these characters has it. */
function trim(text: string | null): string {
  return (text ?? '').replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}

function phone(digits: string): string {
  return `phone:${digits}`;
}

/** The digits of a phone number's identity. */
export function digitsOf(identity: Identity): string | undefined {
  return identity?.startsWith('phone:') === true ? identity.slice('phone:'.length) : undefined;
}

/**
 * The other form of a number that may be the same person's: in Brazil with or without the ninth digit after the area code, in Argentina with or
 * without the 9 after the country code. Only a possible match: a landline has one form, and may be somebody else's.
 */
export function possibleMatchOf(identity: Identity): Identity {
  const digits = digitsOf(identity) ?? '';
  const brazil = /^55([0-9]{2})(9?)([0-9]{8})$/.exec(digits);
  if (brazil) return phone(`55${brazil[1]}${brazil[2] === '' ? '9' : ''}${brazil[3]}`);
  const argentina = /^54(9?)([0-9]{10})$/.exec(digits);
  if (argentina) return phone(`54${argentina[1] === '' ? '9' : ''}${argentina[2]}`);
  return null;
}

/** Why conversations stay where they are. */
export const LEFT_REASONS = [
  'groups',
  'lids',
  'business_scoped',
  'possible_matches',
  'unidentified',
] as const;
export type LeftReason = (typeof LEFT_REASONS)[number];

/**
 * Why an identity cannot go to an inbox of this type; undefined if it can. Possible matches are decided elsewhere: they depend on the destination's
 * contacts.
 */
export function leftReasonOf(identity: Identity, destination: InboxType): LeftReason | undefined {
  if (identity === null) return 'unidentified';
  if (identity.startsWith('scoped:')) return 'business_scoped';
  if (destination === 'evolution') return undefined;
  if (identity.startsWith('group:')) return 'groups';
  return identity.startsWith('lid:') ? 'lids' : undefined;
}
