import { createLogUpdate } from 'log-update';
import { isAway } from '../api/client.js';
import type { KindAtApi } from '../command-line.js';
import { type ListCommand, listLines, readList } from './list.js';
import type { Printer } from '../terminal/output.js';
import { print, type Terminal } from '../terminal/terminal.js';

const POLL_MS = 2_000;
/** How many polls in a row may fail, as during a deploy, before that is an error. */
const TRIES = 30;

/** Shows the list until Ctrl-C: a terminal is redrawn in place, other outputs get a line for each migration that has changed. */
export async function watchList(
  at: KindAtApi,
  command: ListCommand,
  printer: Printer,
  { out, signal, clock }: Terminal,
): Promise<never> {
  const show = out.isTTY === true ? inPlace(out) : asNews(out);
  let failures = 0;
  for (let first = true; ; first = false) {
    try {
      show(listLines(at.kind, await readList(at, command), command, printer));
      failures = 0;
    } catch (error) {
      failures += 1;
      if (first || failures === TRIES || !isAway(error)) throw error;
    }
    await clock.sleep(POLL_MS, { signal });
  }
}

function inPlace(out: Terminal['out']): (lines: readonly string[]) => void {
  const draw = createLogUpdate(out as NodeJS.WriteStream);
  return (lines) => draw(lines.join('\n'));
}

function asNews(out: Terminal['out']): (lines: readonly string[]) => void {
  let known = new Set<string>();
  // A row that is only padded differently is not news.
  const plain = (line: string) => line.replace(/ +/g, ' ');
  return (lines) => {
    const news = lines.filter((line) => !known.has(plain(line)));
    known = new Set(lines.map(plain));
    if (news.length > 0) print(out, ...news);
  };
}
