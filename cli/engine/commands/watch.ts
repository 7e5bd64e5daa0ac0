import type { KindAtApi } from '../command-line.js';
import { follow } from '../api/follow.js';
import { type KindDisplay, type KindWatching, migrationPath } from '../kind.js';
import type { Printer } from '../terminal/output.js';
import { EXIT, print, say, type Terminal } from '../terminal/terminal.js';

/**
 * Shows a migration's progress until it ends. Returns the exit status: fine if it is done, attention if it is done and something needs a
 * person, failed otherwise.
 */
export async function watch(
  { api, kind }: KindAtApi,
  key: string,
  printer: Printer,
  terminal: Terminal,
): Promise<number> {
  const { out, error, signal, clock } = terminal;
  const watching = await kind.watching();
  const display = await displayFor(watching, printer, terminal);
  try {
    for await (const view of follow<object>(api, migrationPath(kind, key), { signal, clock })) {
      display.update(view);
      const end = watching.endOf(view);
      if (end === undefined) continue;
      display.end();
      say(printer.isForPrograms ? error : out, end.words);
      return EXIT[end.how];
    }
    return EXIT.failed;
  } finally {
    display.end();
  }
}

/** A program gets the API's answers: as JSON one a line, as YAML one a document. */
async function displayFor(
  { openDisplay }: KindWatching<object>,
  { format, out }: Printer,
  terminal: Terminal,
): Promise<KindDisplay<object>> {
  const end = () => undefined;
  if (format === 'json') return { update: (view) => print(out, JSON.stringify(view)), end };
  if (format !== 'yaml') return openDisplay(terminal);
  const { stringify } = await import('yaml');
  return { update: (view) => print(out, `---\n${stringify(view).trimEnd()}`), end };
}
