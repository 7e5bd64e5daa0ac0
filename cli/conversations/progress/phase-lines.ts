import { bar, percent } from './bar.js';
import { shareOf } from './share.js';
import { GAP, type Colours } from './colours.js';
import type { BrandProgress, PhaseProgress } from './model.js';
import {
  count,
  countRange,
  durationRange,
  oneLine,
  padEnd,
  padStart,
  shorten,
  shortenStart,
  widthOf,
} from '../../engine/terminal/words.js';

const LONGEST_NAME = 28;
const PHASE_WIDTH = 'remaining'.length;
const BAR = { shortest: 8, longest: 40 };
/** A name is shortened to this before a column is dropped, and further only once no column is left to drop. */
const SHORT_NAME = 9;

type Column = 'percent' | 'counts' | 'rate' | 'left';

interface Row {
  readonly name: string;
  readonly progress: PhaseProgress;
  readonly cells: Readonly<Record<Column, string>>;
}

/** The columns right of the bar, and whether counts name their unit; from wide to narrow. */
const LAYOUTS: readonly { readonly columns: readonly Column[]; readonly word: boolean }[] = [
  { columns: ['percent', 'counts', 'rate', 'left'], word: true },
  { columns: ['percent', 'counts', 'left'], word: true },
  { columns: ['percent', 'counts', 'left'], word: false },
  { columns: ['counts', 'left'], word: false },
  { columns: ['counts'], word: false },
];

/**
 * Renders a line for each phase of each brand.
 * 1. Make every column as wide as its widest cell.
 * 2. Take the widest layout in which a short bar and a name, shortened if necessary, still fit.
 * 3. Give the bar the rest, up to its longest.
 */
export function phaseLines(brands: readonly BrandProgress[], room: number, colours: Colours): string[] {
  const rows = brands.flatMap(rowsOf);
  if (rows.length === 0) return [];
  const longest = Math.min(LONGEST_NAME, Math.max(...rows.map(({ name }) => widthOf(name))));
  for (const layout of LAYOUTS) {
    const tails = tailsOf(rows, layout.columns, layout.word);
    const fixed = 4 * GAP.length + PHASE_WIDTH + Math.max(...tails.map((text) => text.length));
    const forName = Math.min(longest, room - fixed - BAR.shortest);
    if (forName < Math.min(longest, SHORT_NAME) && layout !== LAYOUTS.at(-1)) continue;
    const name = Math.max(forName, 1);
    const forBar = Math.max(1, Math.min(BAR.longest, room - fixed - name));
    const tail = room - 4 * GAP.length - PHASE_WIDTH - name - forBar;
    return distinct(rows, name).map((row, at) =>
      lineOf(row, shorten(tails[at] ?? '', tail), { name, bar: forBar }, colours),
    );
  }
  return [];
}

/** Shortens names at their end, or at their beginning if two would otherwise look the same. */
function distinct(rows: readonly Row[], width: number): Row[] {
  const short = rows.map(({ name }) => shorten(name, width));
  return rows.map((row, at) => {
    const isTwice = rows.some((other, place) => other.name !== row.name && short[place] === short[at]);
    return { ...row, name: isTwice ? shortenStart(row.name, width) : (short[at] ?? '') };
  });
}

function rowsOf(brand: BrandProgress): Row[] {
  return brand.phases.map((progress, at) => ({
    name: at === 0 ? oneLine(brand.name) : '',
    progress,
    cells: cellsOf(progress),
  }));
}

const WORD_OF_STATE = {
  waiting: 'waits',
  running: '',
  checking: 'checking',
  done: 'done',
  failed: 'failed',
} as const;

function cellsOf(progress: PhaseProgress): Row['cells'] {
  const { state, done, planned, perSecond, secondsLeft } = progress;
  const goal = planned === null ? '' : ` / ${countRange(planned)}`;
  const share = shareOf(progress);
  const isUnknown = state === 'running' && planned === null;
  return {
    percent: state === 'waiting' || share === null ? '' : percent(share),
    counts: state === 'waiting' ? '' : `${count(done)}${goal} messages`,
    rate: state === 'running' && perSecond !== null ? `${count(perSecond)}/s` : '',
    left: secondsLeft
      ? `${durationRange(secondsLeft)} left`
      : isUnknown
        ? 'size unknown'
        : WORD_OF_STATE[state],
  };
}

function tailsOf(rows: readonly Row[], columns: readonly Column[], word: boolean): string[] {
  const texts = rows.map(({ cells }) =>
    columns.map((column) =>
      column === 'counts' && !word ? cells[column].replace(' messages', '') : cells[column],
    ),
  );
  const widths = columns.map((_column, at) => Math.max(...texts.map((cells) => (cells[at] ?? '').length)));
  return texts.map((cells) =>
    cells
      .map((text, at) =>
        columns[at] === 'left' ? padEnd(text, widths[at] ?? 0) : padStart(text, widths[at] ?? 0),
      )
      .filter((text) => text !== '')
      .join(GAP)
      .trimEnd(),
  );
}

function lineOf(row: Row, tail: string, width: { name: number; bar: number }, colours: Colours): string {
  const { phase, state } = row.progress;
  const { filled, empty } = bar(shareOf(row.progress) ?? 0, width.bar);
  const paint = {
    waiting: colours.dim,
    running: colours.cyan,
    checking: colours.cyan,
    done: colours.green,
    failed: colours.red,
  }[state];
  const name = padEnd(row.name, width.name);
  const start = [name, phase.padEnd(PHASE_WIDTH), paint(filled) + colours.dim(empty)].join(GAP);
  const end = state === 'waiting' ? colours.dim(tail) : tail;
  return tail === '' ? GAP + start : GAP + start + GAP + end;
}
