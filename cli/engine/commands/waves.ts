import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { carryoverCommand } from '../../../domain/engine/failures/commands.js';
import type { ApiClient } from '../api/client.js';
import { isAway } from '../api/client.js';
import type { Printer } from '../terminal/output.js';
import { moreThan, readPages } from '../api/pages.js';
import { inColumns, table } from '../terminal/table.js';
import { CommandError, EXIT, print, say, type Terminal } from '../terminal/terminal.js';
import { count, moment, oneLine } from '../terminal/words.js';

/** The API's answer. */
interface Wave {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly state: string;
  readonly waiting: string | null;
  readonly window: string | null;
  readonly at_once: number;
  readonly stop_percent: number | null;
  readonly counts: Readonly<
    Record<'total' | 'waiting' | 'running' | 'done' | 'failed' | 'refused' | 'cancelled' | 'skipped', number>
  >;
  readonly created_by: string;
  readonly created_at: string;
  readonly members?: readonly Member[];
}

interface Member {
  readonly key: string;
  readonly state: string;
  readonly status: string | null;
  readonly started_at: string | null;
  readonly failure: { readonly message: string; readonly next_step: string } | null;
}

export interface WaveWish {
  /** A file of keys, or `-` for standard input. */
  readonly file?: string;
  readonly all?: boolean;
  readonly status?: string;
  readonly atOnce: number;
  readonly window?: string;
  readonly stopAbove?: number;
  readonly order: 'given' | 'key';
  readonly key?: string;
}

/** Creates a wave of the keys in a file, or of all migrations with a status. The same file and limits again find the same wave. */
export async function startWave(
  api: ApiClient,
  kind: string,
  wish: WaveWish,
  printer: Printer,
  terminal: Terminal,
): Promise<void> {
  const { file, status, atOnce, window, stopAbove } = wish;
  const keys = file === undefined ? undefined : inOrder(await keysIn(file, terminal), wish.order);
  const body = {
    kind,
    ...(keys === undefined ? { all: { status: status ?? 'pending' } } : { keys }),
    at_once: atOnce,
    ...(window !== undefined && { window }),
    ...(stopAbove !== undefined && { stop_percent: stopAbove }),
  };
  // The set of all migrations differs each time.
  const key =
    wish.key ?? (keys === undefined ? `all-${new Date(terminal.clock.now()).toISOString()}` : keyOf(body));
  const wave = await api.post<Wave>('/v2/waves', { key, ...body });
  if (await printer.data(wave)) return;
  say(
    printer.out,
    `Wave ${nameOf(wave)} of ${count(wave.counts.total)} is ${wave.state}: ${progressOf(wave)}.`,
  );
  if (wave.waiting !== null) say(printer.out, oneLine(wave.waiting));
  say(printer.out, `Watch it with: ${carryoverCommand('wave', 'watch', wave.id)}`);
}

function keyOf(body: object): string {
  return `file-${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16)}`;
}

function inOrder(keys: readonly string[], order: WaveWish['order']): readonly string[] {
  return order === 'key' ? keys.toSorted() : keys;
}

/** A key in each line; empty lines and lines that begin with # are left out, and a key that comes again counts once. */
async function keysIn(file: string, { input }: Terminal): Promise<readonly string[]> {
  let contents: string;
  try {
    contents = file === '-' ? await allOf(input) : await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`, EXIT.failed);
  }
  const lines = contents.split('\n').map((line) => line.trim());
  const keys = [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
  if (keys.length === 0)
    throw new CommandError(`${file} names nothing to start: one key in each line.`, EXIT.failed);
  return keys;
}

async function allOf(input: Terminal['input']): Promise<string> {
  let contents = '';
  for await (const part of input ?? []) contents += String(part);
  return contents;
}

/** `march (7)`: its name, and the id that commands take. */
function nameOf({ id, key }: Pick<Wave, 'id' | 'key'>): string {
  return `${oneLine(key)} (${id})`;
}

/** `12 of 40 done, 3 running, 1 failed`. */
export function progressOf({ counts }: Pick<Wave, 'counts'>): string {
  const { total, done, running, failed, refused, cancelled, skipped } = counts;
  const others = { running, failed, refused, cancelled, skipped };
  return [
    `${count(done)} of ${count(total)} done`,
    ...Object.entries(others).flatMap(([state, members]) =>
      members === 0 ? [] : [`${count(members)} ${state}`],
    ),
  ].join(', ');
}

export async function listWaves(api: ApiClient, limit: number, printer: Printer): Promise<void> {
  const { found, more } = await readPages(
    limit,
    (wish) => api.get<{ waves: readonly Wave[]; next_cursor: string | null }>('/v2/waves', { ...wish }),
    ({ waves }) => waves,
  );
  await printer.show(found, () => {
    if (found.length === 0) return ['There are no waves.'];
    const rows = found.map((wave) => [
      ...[wave.id, wave.key, wave.state, progressOf(wave), wave.window ?? 'always', moment(wave.created_at)],
      oneLine(wave.waiting ?? ''),
    ]);
    const heads = ['WAVE', 'NAME', 'STATE', 'PROGRESS', 'WINDOW', 'CREATED', 'WAITING'];
    return [...table(heads, rows, printer.width), ...(more ? [moreThan(limit)] : [])];
  });
}

function pathOf(wave: string, action?: string): string {
  const path = `/v2/waves/${encodeURIComponent(wave)}`;
  return action === undefined ? path : `${path}/${action}`;
}

export async function showWave(api: ApiClient, id: string, printer: Printer): Promise<void> {
  const wave = await api.get<Wave>(pathOf(id));
  if (await printer.data(wave)) return;
  print(printer.out, ...waveLines(wave, printer.width));
}

export function waveLines(wave: Wave, width: number | undefined): string[] {
  const { members = [], stop_percent: percent } = wave;
  const lines = inColumns([
    ['wave', `${nameOf(wave)}, by ${oneLine(wave.created_by)} at ${moment(wave.created_at)}`],
    ['state', wave.state],
    ['progress', progressOf(wave)],
    ['at once', count(wave.at_once)],
    ['window', wave.window ?? 'always'],
    ['stops', percent === null ? 'never' : `when more than ${percent} % have failed`],
    ...(wave.waiting === null ? [] : [['waiting', oneLine(wave.waiting)] as const]),
  ]);
  return members.length === 0 ? lines : [...lines, '', ...memberTable(members, width)];
}

function memberTable(members: readonly Member[], width: number | undefined): string[] {
  const rows = members.map(({ key, state, status, started_at, failure }) => [
    ...[key, state, status ?? '', started_at === null ? '' : moment(started_at)],
    failure === null ? '' : oneLine(`${failure.message} ${failure.next_step}`),
  ]);
  return table(['KEY', 'STATE', 'STATUS', 'STARTED', 'WHY'], rows, width);
}

export async function listMembers(
  api: ApiClient,
  id: string,
  { limit, state }: { readonly limit: number; readonly state?: string },
  printer: Printer,
): Promise<void> {
  const { found, more } = await readPages(
    limit,
    (wish) =>
      api.get<{ members: readonly Member[]; next_cursor: string | null }>(pathOf(id, 'members'), {
        ...wish,
        state,
      }),
    ({ members }) => members,
  );
  await printer.show(found, () =>
    found.length === 0
      ? ['There are none.']
      : [...memberTable(found, printer.width), ...(more ? [moreThan(limit)] : [])],
  );
}

export async function steerWave(
  api: ApiClient,
  action: string,
  id: string,
  members: boolean,
  printer: Printer,
): Promise<void> {
  const wave = await api.post<Wave>(pathOf(id, action), members ? { members } : undefined);
  if (await printer.data(wave)) return;
  say(printer.out, `Wave ${nameOf(wave)} is ${wave.state}: ${progressOf(wave)}.`);
}

const POLL_MS = 2_000;
const OVER: ReadonlySet<string> = new Set(['done', 'cancelled', 'stopped']);

/** Prints a line for each change until the wave has ended. Goes on while the API is away. */
export async function watchWave(
  api: ApiClient,
  id: string,
  printer: Printer,
  { clock, signal }: Terminal,
): Promise<number> {
  let last = '';
  let wave = await api.get<Wave>(pathOf(id));
  for (;;) {
    const line = `${wave.state}: ${progressOf(wave)}${wave.waiting === null ? '' : `. ${oneLine(wave.waiting)}`}`;
    if (line !== last) {
      last = line;
      if (printer.isForPrograms) print(printer.out, JSON.stringify(wave));
      else say(printer.out, line);
    }
    if (OVER.has(wave.state) && (wave.state === 'stopped' || wave.counts.running === 0)) break;
    await clock.sleep(POLL_MS, { signal });
    wave = await api.get<Wave>(pathOf(id)).catch((error: unknown) => {
      if (isAway(error)) return wave;
      throw error;
    });
  }
  if (wave.state !== 'done') return EXIT.failed;
  return wave.counts.failed + wave.counts.refused > 0 ? EXIT.attention : EXIT.fine;
}
