import { createColors } from 'picocolors';
import { GAP, type Colours } from './colours.js';
import { followingInWords } from './following-words.js';
import type { ProgressModel } from './model.js';
import { phaseLines } from './phase-lines.js';
import { portLines } from './port-lines.js';
import {
  count,
  countRange,
  durationRange,
  oneLine,
  plural,
  rateInWords,
  shorten,
  widthOf,
  wrap,
} from '../../engine/terminal/words.js';

const NARROWEST = 40;

/**
 * Renders a migration: the account, a bar for each phase of each brand, failures, ports, attachments, what changes at the source. Pure. No line is wider than `width`,
 * or than 40 columns if that is less.
 */
export function render(model: ProgressModel, width: number, colour: boolean): string[] {
  const colours = createColors(colour);
  const room = Math.max(NARROWEST, width);
  return [
    headline(model, room, colours),
    ...phaseLines(model.brands, room, colours),
    ...heldBackLines(model, room, colours),
    ...retryLines(model, room, colours),
    ...failureLines(model, room, colours),
    ...quarantineLine(model, colours),
    ...portLines(model.ports, room, colours),
    ...attachmentLine(model, room, colours),
    ...followingLine(model, room),
  ];
}

function headline(model: ProgressModel, room: number, colours: Colours): string {
  const name = shorten(oneLine(model.name || model.accountId), Math.floor(room / 2));
  const rest = oneLine([model.status, ...model.notes].join(' · '));
  const shown = shorten(rest, room - widthOf(name) - GAP.length);
  return `${colours.bold(name)}${GAP}${statusColour(model.status, colours)(shown)}`;
}

/** Wrapped and never shortened, because the last words are the next step. */
function failureLines({ failures }: ProgressModel, room: number, colours: Colours): string[] {
  return failures.flatMap((failure) => marked('✗', failure, room, colours.red));
}

function retryLines({ retries }: ProgressModel, room: number, colours: Colours): string[] {
  return retries.flatMap(({ text }) => marked('↻', text, room, colours.yellow));
}

function marked(mark: string, text: string, room: number, paint: (line: string) => string): string[] {
  const indent = GAP.length + 2;
  return wrap(oneLine(text), room - indent).map(
    (line, at) => GAP + paint((at === 0 ? `${mark} ` : '  ') + line),
  );
}

function heldBackLines({ heldBack }: ProgressModel, room: number, colours: Colours): string[] {
  if (heldBack === null) return [];
  return wrap(heldBack.text, room - GAP.length).map((line) => GAP + colours.yellow(line));
}

function quarantineLine({ quarantined }: ProgressModel, colours: Colours): string[] {
  const { threads, messages, waived } = quarantined;
  if (threads + messages === 0) return [];
  const what = [plural(messages, 'message'), ...(threads > 0 ? [plural(threads, 'thread')] : [])];
  const text = `Quarantined ${what.join(', ')}${waived === 0 ? '' : ` (${count(waived)} waived)`}`;
  return [GAP + (waived === threads + messages ? text : colours.yellow(text))];
}

function attachmentLine({ attachments }: ProgressModel, room: number, colours: Colours): string[] {
  const { stored, failed, waiting, planned, perSecond, secondsLeft } = attachments;
  const total = stored + failed + waiting;
  if (total === 0) return [];
  const notes = [
    ...(failed === 0 ? [] : [`${count(failed)} failed`]),
    ...(waiting === 0 ? [] : [`${count(waiting)} wait`]),
    ...(perSecond === null ? [] : [rateInWords(perSecond)]),
    ...(secondsLeft === null ? [] : [`${durationRange(secondsLeft)} left`]),
  ];
  const goal = planned === null ? '' : ` / ${countRange(planned)}`;
  const text = shorten([`Attachments ${count(stored)}${goal}`, ...notes].join(', '), room - GAP.length);
  return [GAP + (failed > 0 ? colours.yellow(text) : text)];
}

function followingLine({ following }: ProgressModel, room: number): string[] {
  if (following === null) return [];
  return [GAP + shorten(followingInWords(following), room - GAP.length)];
}

function statusColour(status: string, colours: Colours): (text: string) => string {
  if (status.endsWith('-failure')) return colours.red;
  return status === 'all-messages-migrated' ? colours.green : colours.cyan;
}
