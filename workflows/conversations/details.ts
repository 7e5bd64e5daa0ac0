/**
 * What the Web UI shows of a workflow, in plain words and Markdown: counts, ids, and the names of the account and its brands. No names of
 * people or channels, no phone numbers, no texts.
 */

import type { BusinessNames } from '../../domain/engine/business-names.js';
import {
  type AttachmentCounts,
  type BrandCounts,
  type BrandProgress,
  type MigrationBrandProgress,
  type MigrationProgress,
  PARTS,
  type PortingProgress,
  type RetryingSignal,
  type Steering,
} from '../../domain/engine/messages.js';
import { asCode, inMarkdown } from '../../domain/engine/web-ui-texts.js';

/** Of more only the count is told. */
const LISTED_BRANDS = 100;

export function migrationDetails({
  accountName,
  phase,
  paused,
  cancelledBy,
  retrying,
  brands,
  states,
}: MigrationProgress): string {
  const { done, running, waiting, failed } = states;
  const all = done + running + waiting + failed;
  const listed = Object.entries(brands).slice(0, LISTED_BRANDS);
  return lines(
    nameLine({ account: accountName }),
    pauseLine(paused),
    cancelledBy !== undefined &&
      `**Cancelled** by ${cancelledBy}. What is done stays; a new start goes on from there.`,
    MIGRATION_PHASES[phase],
    ...retryLines(retrying),
    all > 0 && `${done} of ${all} brands done, ${running} running, ${waiting} waiting, ${failed} failed.`,
    ...listed.map(([brandId, brand]) => `- ${brandTitle(brandId, brand)}: ${brandLine(brand)}`),
    all > listed.length && `- and ${all - listed.length} more`,
  );
}

export function brandDetails({
  names = {},
  doing,
  paused,
  retrying,
  counts,
  attachments,
}: BrandProgress): string {
  return lines(
    nameLine(names),
    pauseLine(paused),
    BRAND_STEPS[doing],
    ...retryLines(retrying),
    ...countLines(counts),
    attachmentLine(attachments),
  );
}

export function portingDetails({ ended }: PortingProgress): string {
  if (ended === undefined)
    return 'The port is ordered, or about to be; waiting for the carrier. Should it not call back, it is asked with the next try of the pending activity, whose last failure says how the order stood.';
  return ended.status === 'complete'
    ? `**Done.** The number is ported since ${ended.at}.`
    : `**Failed.** The carrier has ${ended.status} the port. \`carryover retry\` orders it again.`;
}

const MIGRATION_PHASES: Record<MigrationProgress['phase'], string> = {
  preparing: 'Taking the migration payload from Conversations.',
  recent: 'Bringing the **recent** messages of every brand.',
  remaining: 'Every brand that could has its recent messages. Bringing the **remaining** ones.',
  done: '**Done.** All messages of all brands are here, and checked.',
  failed: '**Failed.** A new start tries only what is not done.',
  cancelled: 'Cancelled.',
};

const BRAND_STEPS: Record<BrandProgress['doing'], string> = {
  channels: 'Making the brand and its channels.',
  recent: 'Importing **recent** messages.',
  remaining: 'Importing **remaining** messages.',
  attachments: 'All messages are here, and checked. Fetching **attachments**.',
  done: '**Done.**',
};

/** Repeats the summary's names: a run that continues another has no summary. */
function nameLine({ account, brand }: BusinessNames): string | false {
  const known = [...new Set([account, brand])].filter((name) => name !== undefined);
  return known.length > 0 && known.map(inMarkdown).join(' · ');
}

function brandTitle(brandId: string, { name }: MigrationBrandProgress): string {
  return name === undefined ? asCode(brandId) : `${inMarkdown(name)} (${asCode(brandId)})`;
}

function brandLine({ state, parts, counts, failure }: MigrationBrandProgress): string {
  const { recent, remaining } = counts;
  const before = remaining?.checked === true ? 0 : (recent?.messages ?? 0);
  const numbers = before + (remaining?.messages ?? 0);
  const words = {
    waiting: `waiting for ${parts[0]} messages`,
    running: `${parts[0] ?? 'attachments'} under way`,
    done: 'done',
    failed: `failed (${failure})`,
  };
  if (numbers === 0) return words[state];
  return `${words[state]}, ${numbers} messages${state === 'done' ? '' : ' so far'}`;
}

function countLines(counts: BrandCounts): string[] {
  return PARTS.flatMap((part) => {
    const count = counts[part];
    if (count === undefined) return [];
    const { messages, threads, quarantined, checked } = count;
    const numbers = `${messages} messages and ${threads} threads`;
    return checked
      ? [`- ${part}: checked; the brand holds ${numbers}, ${quarantined} quarantined`]
      : [`- ${part}: ${numbers} read, ${quarantined} quarantined`];
  });
}

function attachmentLine({ left, trouble }: AttachmentCounts): string | false {
  if (trouble !== undefined)
    return `Fetching attachments was given up for now (${trouble}); messages are not affected.`;
  return left !== undefined && left > 0 && `- attachments still to be fetched: ${left}`;
}

function retryLines(retrying: readonly RetryingSignal[] | undefined): string[] {
  return (retrying ?? []).map(
    ({ message, attempt, nextTryAt }) =>
      `**Being retried**: attempt ${attempt} failed. ${message} Next attempt: ${nextTryAt}.`,
  );
}

function pauseLine(paused: Steering | undefined): string | false {
  return paused !== undefined && `**Paused** by ${paused.by} since ${paused.at}.`;
}

function lines(...parts: (string | false)[]): string {
  return (
    parts
      .filter((part) => part !== false)
      .join('\n\n')
      // The Web UI takes a list for one only behind an empty line; between its items it needs none.
      .replaceAll(/^(- .*)\n\n(?=- )/gm, '$1\n')
  );
}
