import type { ProgressModel } from './model.js';
import { percent } from './bar.js';
import { count, oneLine } from './words.js';

/** A phase is told again each time that it has come this much further. */
const STEP = 0.1;

/**
 * What is new since `before`, as lines that stand for themselves: for logs and pipes, where nothing can be drawn over. Pure; the
 * first call tells everything that has begun.
 */
export function newsOf(before: ProgressModel | undefined, now: ProgressModel): string[] {
  const facts = factsOf(now);
  const known = before === undefined ? new Map<string, Fact>() : factsOf(before);
  return [...facts].filter(([key, fact]) => known.get(key)?.step !== fact.step).map(([, { line }]) => line);
}

interface Fact {
  /** The line is told again when this changes. */
  readonly step: string;
  readonly line: string;
}

function factsOf(model: ProgressModel): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  const paused = model.notes.filter((note) => /^(paused|cancelled)/.test(note));
  const status = [model.status, ...paused].join(', ');
  facts.set('status', { step: status, line: oneLine(`${model.name}: ${status}`) });
  for (const { id, name, phases } of model.brands) {
    for (const { phase, state, done, planned, about } of phases) {
      if (state === 'waiting') continue;
      const share = state === 'done' ? 1 : Math.min(done / Math.max(planned ?? 0, 1), 0.999);
      const goal = planned === null ? '' : ` / ${about ? '~' : ''}${count(planned)}`;
      const line = `${name}, ${phase}: ${count(done)}${goal} messages, ${state === 'running' ? percent(share) : state}`;
      facts.set(`brand ${id} ${phase}`, {
        step: `${state} ${Math.floor(share / STEP)}`,
        line: oneLine(line),
      });
    }
  }
  for (const { phoneNumber, status, reason } of model.ports) {
    const line = `Port of ${phoneNumber}: ${status}${reason === null ? '' : ` (${reason})`}`;
    facts.set(`port ${phoneNumber}`, { step: line, line: oneLine(line) });
  }
  const { heldBack } = model;
  if (heldBack) facts.set('held back', { step: heldBack.reason, line: heldBack.text });
  for (const { reason, text } of model.retries)
    facts.set(`retry ${reason}`, { step: '', line: oneLine(text) });
  for (const failure of model.failures) facts.set(`failure ${failure}`, { step: '', line: oneLine(failure) });
  return facts;
}
