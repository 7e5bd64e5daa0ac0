/** Details of workflows for the Web UI, in Markdown: counts, ids and the names of inboxes. */

import { PHASE } from '../../domain/inbox/names.js';
import { WORDS } from '../../domain/inbox/words.js';
import type { MigrationProgress, UnitInput, UnitProgress } from '../../domain/engine/runs.js';
import { asCode, inMarkdown, summaryOf } from '../../domain/engine/web-ui/texts.js';
import { lines, pauseLine, retryLines } from '../engine/details.js';

const PHASES: Readonly<Record<string, string>> = {
  preparing: "Reading from Chatwoot's database what is to be moved.",
  [PHASE]: 'Moving conversations to the other inbox.',
  done: '**Done.** What was asked for is moved and checked.',
  failed: '**Failed.** What is moved stays moved; it can be reversed.',
  cancelled: 'Cancelled. What is moved stays moved; it can be reversed.',
};

export function inboxDetails({
  name,
  phase,
  paused,
  cancelledBy,
  retrying,
  units,
}: MigrationProgress): string {
  return lines(
    name !== undefined && inMarkdown(name),
    pauseLine(paused),
    cancelledBy !== undefined && `**Cancelled** by ${cancelledBy}.`,
    PHASES[phase] ?? phase,
    ...retryLines(retrying),
    ...Object.entries(units).map(
      ([unit, { state, failure }]) =>
        `- migration ${asCode(unit)}: ${state}${failure === undefined ? '' : ` (${failure})`}`,
    ),
  );
}

export function moveDetails({ names = {}, doing, paused, retrying, counts }: UnitProgress): string {
  const moved = counts[PHASE];
  const { conversations = 0, messages = 0 } = moved?.tally ?? {};
  return lines(
    names.subject !== undefined && inMarkdown(names.subject),
    pauseLine(paused),
    PHASES[doing] ?? doing,
    ...retryLines(retrying),
    moved?.checked === true && `- moved: ${conversations} conversations with ${messages} messages`,
  );
}

/** The summary and details of a move's run in the list of workflows. */
export function moveStart({ subject, unit, names }: UnitInput) {
  return {
    staticSummary: summaryOf(WORDS, { subject, unit, names }, 'conversations to another inbox'),
    staticDetails: `Does what migration ${asCode(unit)} of \`carryover.inbox_migrations\` says. Progress is there.`,
  };
}
