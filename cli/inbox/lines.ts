import type { MigrationRow, migrationView } from '../../domain/inbox/view.js';
import type { MigrationEnd } from '../engine/kind.js';
import type { Warning, WarningKey } from '../../domain/inbox/warnings.js';

/** A migration as the API has it. */
export type Migration = ReturnType<typeof migrationView>;

/** What a move would do, as the API has it. */
export interface Preview {
  readonly preview_id: string;
  readonly source_inbox: MigrationRow['source_inbox'];
  readonly destination_inbox: MigrationRow['destination_inbox'];
  readonly counts: Readonly<Record<'conversations' | 'messages' | 'attachments' | 'contact_inboxes', number>>;
  readonly conflicts: { readonly overlapping_contacts: number; readonly will_be_merged: number };
  readonly left: Readonly<Record<string, number>>;
  readonly warnings: readonly Warning[];
  readonly estimated_seconds: number;
}

/** How a migration ended; undefined while it runs. */
export function endOf(migration: Migration | undefined): MigrationEnd | undefined {
  switch (migration?.status) {
    case 'completed':
      return { how: 'fine', words: `Migration ${migration.id} is completed.` };
    case 'failed':
      return { how: 'failed', words: `Migration ${migration.id} has failed: ${migration.error ?? ''}` };
    case 'cancelled':
      return { how: 'failed', words: `Migration ${migration.id} was cancelled. What is moved stays moved.` };
    case 'queued':
    case 'running':
    case undefined:
      return undefined;
  }
}

/** One migration on one line. */
export function lineOf({
  id,
  status,
  progress,
  source_inbox,
  destination_inbox,
  reverses,
}: Migration): string {
  const { percentage, conversations, messages } = progress;
  const what = reverses === null ? '' : `, takes back ${reverses}`;
  return `${id}  ${status}  ${percentage} %  ${nameOf(source_inbox)} → ${nameOf(destination_inbox)}${what}: ${of(conversations)} conversations, ${of(messages)} messages`;
}

/** One migration with all that is known of it. */
export function linesOf(migration: Migration): string[] {
  const { progress, timing, left, error, initiated_by, reversed_by } = migration;
  return [
    lineOf(migration),
    `  contacts: ${of(progress.contact_inboxes)} moved, ${progress.contacts_merged} merged; attachments: ${of(progress.attachments)}`,
    ...leftLines(left),
    `  requested ${timing.created_at}${initiated_by === null ? '' : ` by ${initiated_by}`}`,
    ...(timing.completed_at === null
      ? []
      : [`  ended ${timing.completed_at}, after ${timing.duration_seconds ?? 0} s`]),
    ...(error === null ? [] : [`  ${error}`]),
    ...(reversed_by === null ? [] : [`  taken back by migration ${reversed_by}`]),
  ];
}

const WARNING_WORDS: Readonly<Record<WarningKey, (count: number) => string>> = {
  LARGE_MIGRATION: (count) => `${count} conversations are many: the move will take a while.`,
  CONTACTS_WILL_MERGE: (count) => `${count} contacts will be merged into contacts of the destination.`,
  ASSIGNEES_WITHOUT_ACCESS: (count) =>
    `The assignees of ${count} conversations have no access to the destination: decide with --assignees.`,
  OPEN_CAMPAIGNS: (count) => `${count} open campaigns stay with the source.`,
  BOT_MISSING: () => 'The source has a bot, and the destination has none: pending conversations wait.',
  AUTOMATION_NAMES_INBOX: (count) => `${count} automation rules name the source: change them by hand.`,
  SAME_CONTACT_HAS_CONVERSATIONS: (count) =>
    `${count} contacts have conversations in both inboxes, and will have all of them in the destination.`,
};

export function previewLines(preview: Preview): string[] {
  const { counts, conflicts, left, warnings, estimated_seconds } = preview;
  return [
    `${nameOf(preview.source_inbox)} → ${nameOf(preview.destination_inbox)}`,
    `  will move: ${counts.conversations} conversations, ${counts.messages} messages, ${counts.attachments} attachments, ${counts.contact_inboxes} contacts`,
    `  contacts in both: ${conflicts.overlapping_contacts}; will be merged: ${conflicts.will_be_merged}`,
    ...leftLines(left),
    ...warnings.map(({ key, params }) => `  ! ${WARNING_WORDS[key](params?.count ?? 0)}`),
    `  about ${estimated_seconds} s; preview id: ${preview.preview_id}`,
  ];
}

function leftLines(left: Readonly<Record<string, number>>): string[] {
  const some = Object.entries(left).filter(([, count]) => count > 0);
  if (some.length === 0) return [];
  return [
    `  stay where they are: ${some.map(([reason, count]) => `${count} (${reason.replaceAll('_', ' ')})`).join(', ')}`,
  ];
}

function nameOf({ id, name }: MigrationRow['source_inbox']): string {
  return name === null ? `inbox ${id}` : `${name} (${id})`;
}

function of({ total, moved }: { readonly total: number; readonly moved: number }): string {
  return `${moved} of ${total}`;
}
