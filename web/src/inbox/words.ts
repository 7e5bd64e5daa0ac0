import { plural } from '../words/numbers.js';
import type { MovePreview } from './queries.js';

type Warning = MovePreview['warnings'][number];

/** What a warning means for the operator, and what to do about it. */
const WARNINGS: Readonly<Record<Warning['key'], (count: number) => readonly [what: string, advice: string]>> =
  {
    LARGE_MIGRATION: (n) => [
      `It is a large inbox: ${plural(n, 'conversation')}.`,
      'It takes a while. Agents can go on working, and it can be paused or cancelled.',
    ],
    CONTACTS_WILL_MERGE: (n) => [
      `${plural(n, 'contact')} will be merged into contacts that the new inbox knows by the same number.`,
      'The contact of the new inbox keeps its values, and what it lacks is filled in. A reverse takes merges back.',
    ],
    ASSIGNEES_WITHOUT_ACCESS: (n) => [
      `The assignees of ${plural(n, 'conversation')} have no access to the new inbox: they would not see them.`,
      'Choose below whether they keep them, are unassigned, or become members of the new inbox.',
    ],
    OPEN_CAMPAIGNS: (n) => [
      `${plural(n, 'campaign')} of the old inbox ${n === 1 ? 'is' : 'are'} still active.`,
      'They stay with the old inbox. End them, or create them again in the new one.',
    ],
    BOT_MISSING: () => [
      'The old inbox has an active bot, the new one has none.',
      'Nobody would handle pending conversations: connect a bot to the new inbox first.',
    ],
    AUTOMATION_NAMES_INBOX: (n) => [
      `${plural(n, 'automation rule')} ${n === 1 ? 'names' : 'name'} the old inbox.`,
      'Rules stay as they are. Change their condition to the new inbox.',
    ],
    SAME_CONTACT_HAS_CONVERSATIONS: (n) => [
      `${plural(n, 'contact')} already ${n === 1 ? 'has' : 'have'} conversations in the new inbox.`,
      'Both stay, side by side. The next message comes to the newest one.',
    ],
  };

export function warningWords({ key, params }: Warning): readonly [what: string, advice: string] {
  return WARNINGS[key](params?.count ?? 0);
}

/** Why conversations stay in the old inbox. */
export const LEFT_WORDS: Readonly<Record<keyof MovePreview['left'], string>> = {
  groups: 'in groups, which only Evolution has',
  lids: 'with contacts whom WhatsApp shows by an id (@lid) instead of a number',
  business_scoped: 'with contacts known by an id that belongs to one Meta business',
  unidentified: 'with contacts without a number',
  possible_matches: 'with contacts whom the new inbox may know by another form of the number',
};

export const KINDS_OF_CHANNEL: Readonly<Record<string, string>> = {
  'Channel::Api': 'Evolution',
  'Channel::Whatsapp': 'WhatsApp',
  'Channel::TwilioSms': 'Twilio',
};
