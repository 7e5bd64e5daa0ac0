import type { FollowingProgress, ProgressModel } from './model.js';
import { percent } from './bar.js';
import { followingInWords } from './following-words.js';
import { shareOf } from './share.js';
import { count, countRange, oneLine, plural } from '../../engine/terminal/words.js';

/** A phase gets a line each time that this share more of it is done. */
const STEP = 0.1;

/**
 * The changes since `before`, a self-contained line each: for logs and pipes, where nothing can be redrawn. Pure; without `before` it
 * reports everything that has begun.
 */
export function newsOf(before: ProgressModel | undefined, now: ProgressModel): string[] {
  const facts = factsOf(now);
  const known = before === undefined ? new Map<string, Fact>() : factsOf(before);
  return [...facts].filter(([key, fact]) => known.get(key)?.step !== fact.step).map(([, { line }]) => line);
}

interface Fact {
  /** The line is printed again when this changes. */
  readonly step: string;
  readonly line: string;
}

function factsOf(model: ProgressModel): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  const paused = model.notes.filter((note) => /^(paused|cancelled)/.test(note));
  const status = [model.status, ...paused].join(', ');
  facts.set('status', { step: status, line: oneLine(`${model.name}: ${status}`) });
  for (const { id, name, phases } of model.brands) {
    for (const progress of phases) {
      const { phase, state, done, planned } = progress;
      if (state === 'waiting') continue;
      const share = shareOf(progress);
      const goal = planned === null ? '' : ` / ${countRange(planned)}`;
      const word = state !== 'running' ? state : share === null ? 'size unknown' : percent(share);
      const line = `${name}, ${phase}: ${count(done)}${goal} messages, ${word}`;
      // Without a known total, the line is printed each time the count has doubled.
      const step = share === null ? Math.ceil(Math.log2(done + 1)) : Math.floor(share / STEP);
      facts.set(`brand ${id} ${phase}`, { step: `${state} ${step}`, line: oneLine(line) });
    }
  }
  for (const { phoneNumber, status, reason } of model.ports) {
    const line = `Port of ${phoneNumber}: ${status}${reason === null ? '' : ` (${reason})`}`;
    facts.set(`port ${phoneNumber}`, { step: line, line: oneLine(line) });
  }
  const { heldBack } = model;
  if (heldBack) facts.set('held back', { step: heldBack.reason, line: heldBack.text });
  const { threads, messages } = model.quarantined;
  // Printed each time the number has doubled.
  if (threads + messages > 0) {
    facts.set('quarantined', {
      step: String(Math.ceil(Math.log2(threads + messages))),
      line: `Quarantined: ${plural(messages, 'message')}, ${plural(threads, 'thread')}`,
    });
  }
  const { following } = model;
  if (following !== null && (changesOf(following) > 0 || following.state !== 'following'))
    facts.set('following', { step: stepOf(following), line: followingInWords(following) });
  for (const { reason, text } of model.retries)
    facts.set(`retry ${reason}`, { step: '', line: oneLine(text) });
  for (const failure of model.failures) facts.set(`failure ${failure}`, { step: '', line: oneLine(failure) });
  return facts;
}

/** Each change has a line while they are few; later it is printed each time that their number has doubled. */
const FEW_CHANGES = 50;

function stepOf(following: FollowingProgress): string {
  const all = changesOf(following);
  return `${all <= FEW_CHANGES ? all : `2^${Math.ceil(Math.log2(all))}`} ${following.state}`;
}

function changesOf({ added, changed, removed }: FollowingProgress): number {
  return added + changed + removed;
}
