/**
 * Details of workflows for the Web UI, in Markdown: counts, ids and the names of the account and its brands. They must hold no names of people or
 * channels, no phone numbers and no texts.
 */

import type { AttachmentCounts, PortingProgress } from '../../domain/conversations/messages.js';
import { PHASES } from '../../domain/conversations/phases.js';
import { WORDS } from '../../domain/conversations/migration.js';
import type { Names } from '../../domain/engine/web-ui/business-names.js';
import type {
  MigrationProgress,
  ReportedUnit,
  UnitCounts,
  UnitInput,
  UnitProgress,
} from '../../domain/engine/runs.js';
import { asCode, inMarkdown, summaryOf } from '../../domain/engine/web-ui/texts.js';
import { lines, pauseLine, retryLines } from '../engine/details.js';
import type { BrandOwn } from '../../domain/conversations/brand-own.js';

/** Above this only the count of brands is shown. */
const LISTED_BRANDS = 100;

export function migrationDetails({
  name,
  phase,
  paused,
  cancelledBy,
  retrying,
  units,
  states,
}: MigrationProgress): string {
  const { done, running, waiting, failed } = states;
  const all = done + running + waiting + failed;
  const listed = Object.entries(units).slice(0, LISTED_BRANDS);
  return lines(
    nameLine({ subject: name }),
    pauseLine(paused),
    cancelledBy !== undefined &&
      `**Cancelled** by ${cancelledBy}. Imported data stays; a new start continues from there.`,
    MIGRATION_PHASES[phase] ?? phase,
    ...retryLines(retrying),
    all > 0 && `${done} of ${all} brands done, ${running} running, ${waiting} waiting, ${failed} failed.`,
    ...listed.map(([brandId, brand]) => `- ${brandTitle(brandId, brand)}: ${brandLine(brand, all === 1)}`),
    all > listed.length && `- and ${all - listed.length} more`,
  );
}

export function brandDetails({
  names = {},
  doing,
  paused,
  retrying,
  counts,
  attachments = {},
}: UnitProgress<BrandOwn>): string {
  return lines(
    nameLine(names),
    pauseLine(paused),
    BRAND_STEPS[doing] ?? doing,
    ...retryLines(retrying),
    ...countLines(counts),
    attachmentLine(attachments),
  );
}

/** The summary and details of a brand's run in the list of workflows. */
export function brandStart({ subject, unit, names, phases }: UnitInput) {
  return {
    staticSummary: summaryOf(WORDS, { subject, unit, names }, `${phases.join(' and ')} messages`),
    staticDetails: `Imports the ${phases.join(', then the ')} messages of brand ${asCode(unit)} of account ${asCode(subject)}.`,
  };
}

export function portingDetails({ ended }: PortingProgress): string {
  if (ended === undefined)
    return 'Waiting for the carrier. If it does not call back, the next attempt of the pending activity polls it; the last failure of that activity shows the status of the order.';
  return ended.status === 'complete'
    ? `**Done.** The number is ported since ${ended.at}.`
    : `**Failed.** The carrier ${ended.status} the port. Run \`carryover retry\` to order it again.`;
}

const MIGRATION_PHASES: Readonly<Record<string, string>> = {
  preparing: 'Reading the migration payload from Conversations.',
  recent: 'Importing the **recent** messages of every brand.',
  remaining: 'Recent messages are done. Importing the **remaining** messages.',
  done: '**Done.** All messages of all brands are imported and checked.',
  failed: '**Failed.** A new start retries only what is not done.',
  cancelled: 'Cancelled.',
};

const BRAND_STEPS: Readonly<Record<string, string>> = {
  channels: 'Creating the brand and its channels.',
  recent: 'Importing **recent** messages.',
  remaining: 'Importing **remaining** messages.',
  attachments: 'All messages are imported and checked. Fetching **attachments**.',
  done: '**Done.**',
};

/** Repeats the names of the summary: a run that continues as new has no summary. */
function nameLine({ subject, unit }: Names): string | false {
  const known = [...new Set([subject, unit])].filter((name) => name !== undefined);
  return known.length > 0 && known.map(inMarkdown).join(' · ');
}

function brandTitle(brandId: string, { name }: ReportedUnit): string {
  return name === undefined ? asCode(brandId) : `${inMarkdown(name)} (${asCode(brandId)})`;
}

/** @param isOnly the account's only brand: one run does all its phases, and announces the next one only if that takes long */
function brandLine({ state, phases, counts, failure }: ReportedUnit, isOnly: boolean): string {
  const { recent, remaining } = counts;
  const before = remaining?.checked === true ? 0 : (recent?.tally['messages'] ?? 0);
  const messages = before + (remaining?.tally['messages'] ?? 0);
  const words = {
    waiting: `waiting for ${phases[0]} messages`,
    running: `${(isOnly ? phases.join(', then ') : phases[0]) || 'attachments'} under way`,
    done: 'done',
    failed: `failed (${failure})`,
  };
  if (messages === 0) return words[state];
  return `${words[state]}, ${messages} messages${state === 'done' ? '' : ' so far'}`;
}

function countLines(counts: UnitCounts): string[] {
  return PHASES.flatMap((phase) => {
    const count = counts[phase];
    if (count === undefined) return [];
    const { messages = 0, threads = 0, quarantined = 0 } = count.tally;
    const numbers = `${messages} messages and ${threads} threads`;
    return count.checked
      ? [`- ${phase}: checked; the brand holds ${numbers}, ${quarantined} quarantined`]
      : [`- ${phase}: ${numbers} read, ${quarantined} quarantined`];
  });
}

function attachmentLine({ left, trouble }: AttachmentCounts): string | false {
  if (trouble !== undefined)
    return `Fetching attachments stopped for now (${trouble}); messages are not affected.`;
  return left !== undefined && left > 0 && `- attachments to fetch: ${left}`;
}
