import { ApplicationFailure, condition } from '@temporalio/workflow';
import type { ImportProgress, PhaseSummary } from '../../activities/conversations/types.js';
import type { Part } from '../../domain/engine/messages.js';
import type { BrandRun } from './brand-run.js';

/** Lanes of a brand side by side; more would take from other accounts what one source cannot give anyway. */
export const LANES_AT_ONCE = 4;

const SECOND = 1000;
/** Between rounds that brought nothing (another attempt's lease still runs, or a pause that we have not been told of). */
const FIRST_WAIT = 5 * SECOND;
const LONGEST_WAIT = 60 * SECOND;

/** Rounds that succeed and yet bring nothing for so long are a failure too: a person waits for recent messages. */
const STANDSTILL: Record<Part, number> = { recent: 10 * 60 * SECOND, remaining: 6 * 3600 * SECOND };

/**
 * Imports one part of a brand, to its check:
 *
 * 1. One lane begins: it plans the slices, and does all of a small brand.
 * 2. While slices are left: as many lanes side by side as the rest is worth, each for about two minutes.
 * 3. Between rounds: pausing, waiting after a round that brought nothing, continuing as new.
 * 4. The brand is settled and checked, which sets its status; of a small part the first lane has done that already.
 *
 * History grows with rounds, never with messages. Lanes go on at the store's cursor, so a round may be repeated at any time.
 *
 * @returns how many of the brand's attachments are to be fetched
 * @throws what an activity threw when its tries were used up
 */
export async function importPart(run: BrandRun, part: Part): Promise<number> {
  await run.passWhenResumed();
  const idle = idleWatch(part, run);
  let { changes } = run.pausing;
  let progress = await run.activities.importSlices(run.brandId, part, run.awaited);
  while (!progress.finished) {
    run.awaited = progress.awaited;
    run.count(part, { ...progress, checked: false });
    run.isLong = part === 'remaining';
    await run.continueAsNewIfSuggested();
    await idle.pass(progress, changes);
    await run.passWhenResumed();
    ({ changes } = run.pausing);
    progress = await importRound(run, part, progress);
  }
  run.count(part, { ...progress, checked: false });

  const { attachmentsToFetch, ...counts } = progress.completed ?? (await completePart(run, part));
  run.count(part, { ...counts, checked: true });
  return attachmentsToFetch;
}

async function completePart(run: BrandRun, part: Part): Promise<PhaseSummary> {
  await run.passWhenResumed();
  return run.activities.completePhase(run.brandId, part, run.awaited);
}

/** A round ends when its last lane has: one that fails is told only then, so that nothing of the round still writes. */
async function importRound(run: BrandRun, part: Part, { lanes }: ImportProgress): Promise<ImportProgress> {
  const width = Math.min(Math.max(1, Math.trunc(lanes)), LANES_AT_ONCE);
  const ended = await Promise.allSettled(
    Array.from({ length: width }, () => run.activities.importSlices(run.brandId, part, run.awaited)),
  );
  const answers = ended.map((lane) => {
    if (lane.status === 'rejected') throw lane.reason;
    return lane.value;
  });
  return answers.reduce(furthest);
}

/** Each lane tells of the whole phase at the moment it ended, so the one that saw most is right. */
function furthest(one: ImportProgress, other: ImportProgress): ImportProgress {
  const completed = one.completed ?? other.completed;
  return {
    finished: one.finished || other.finished,
    halted: one.halted || other.halted,
    lanes: Math.max(one.lanes, other.lanes),
    threads: Math.max(one.threads, other.threads),
    messages: Math.max(one.messages, other.messages),
    quarantined: Math.max(one.quarantined, other.quarantined),
    awaited: one.awaited || other.awaited,
    ...(completed && { completed }),
  };
}

/** Keeps rounds that bring nothing from following each other at full speed, and from doing so for ever. */
function idleWatch(
  part: Part,
  run: BrandRun,
): { pass(progress: ImportProgress, changes: number): Promise<void> } {
  let seen = -1;
  let wait = FIRST_WAIT;
  let idleSince = Date.now();
  return {
    /** Waits no longer than until a pause or resume comes that had not when `changes` was read. */
    async pass({ halted, threads, messages, quarantined }, changes) {
      const read = threads + messages + quarantined;
      if (read !== seen || halted) idleSince = Date.now();
      if (read !== seen) wait = FIRST_WAIT;
      const moved = read !== seen && !halted;
      seen = read;
      if (moved || run.pausing.pause !== undefined) return;

      if (Date.now() - idleSince > STANDSTILL[part]) {
        throw ApplicationFailure.nonRetryable(
          `The import of ${part} messages of brand ${run.brandId} has brought nothing for ${STANDSTILL[part] / 60_000} minutes, and is not done.`,
          'Unexpected',
        );
      }
      await condition(() => run.pausing.changes !== changes, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    },
  };
}
