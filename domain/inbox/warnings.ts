/** What an operator should know before a move begins. */
export const WARNINGS = [
  'LARGE_MIGRATION',
  'CONTACTS_WILL_MERGE',
  'ASSIGNEES_WITHOUT_ACCESS',
  'OPEN_CAMPAIGNS',
  'BOT_MISSING',
  'AUTOMATION_NAMES_INBOX',
  'SAME_CONTACT_HAS_CONVERSATIONS',
] as const;
export type WarningKey = (typeof WARNINGS)[number];

export interface Warning {
  readonly key: WarningKey;
  readonly params?: { readonly count: number };
}

/** The findings of a preview that may need a warning. */
export interface Findings {
  readonly conversations: number;
  readonly merged: number;
  readonly withoutAccess: number;
  readonly campaigns: number;
  readonly botMissing: boolean;
  readonly automations: number;
  readonly sameContacts: number;
}

const LARGE = 1_000;

export function warningsOf(found: Findings): Warning[] {
  const counted = (key: WarningKey, count: number, above = 0): Warning[] =>
    count > above ? [{ key, params: { count } }] : [];
  return [
    ...counted('LARGE_MIGRATION', found.conversations, LARGE),
    ...counted('CONTACTS_WILL_MERGE', found.merged),
    ...counted('ASSIGNEES_WITHOUT_ACCESS', found.withoutAccess),
    ...counted('OPEN_CAMPAIGNS', found.campaigns),
    ...(found.botMissing ? [{ key: 'BOT_MISSING' as const }] : []),
    ...counted('AUTOMATION_NAMES_INBOX', found.automations),
    ...counted('SAME_CONTACT_HAS_CONVERSATIONS', found.sameContacts),
  ];
}

/** Rows a second that a move writes beside other users of the database. */
const ROWS_PER_SECOND = 8_000;

export function estimatedSeconds(counts: {
  readonly conversations: number;
  readonly messages: number;
}): number {
  return Math.max(1, Math.ceil((counts.messages + 4 * counts.conversations) / ROWS_PER_SECOND));
}
