import type { KindAtApi } from '../command-line.js';
import { follow } from '../follow.js';
import { migrationPath } from '../kind.js';
import { EXIT, say, type Terminal } from '../terminal.js';

/**
 * Shows a migration's progress until it ends. Returns the exit status: fine if it is done, attention if it is done and something needs a
 * person, failed otherwise.
 */
export async function watch({ api, kind }: KindAtApi, key: string, terminal: Terminal): Promise<number> {
  const { out, signal, clock } = terminal;
  const display = kind.openDisplay(terminal);
  try {
    for await (const view of follow<object>(api, migrationPath(kind, key), { signal, clock })) {
      display.update(view);
      const end = kind.endOf(view);
      if (end === undefined) continue;
      display.end();
      say(out, end.words);
      return EXIT[end.how];
    }
    return EXIT.failed;
  } finally {
    display.end();
  }
}
