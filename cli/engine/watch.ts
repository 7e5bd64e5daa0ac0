import type { KindAtApi } from './command-line.js';
import { follow } from './follow.js';
import { migrationPath } from './kind.js';
import { EXIT, say, type Terminal } from './terminal.js';

/**
 * Shows a migration as it goes, until nothing more will happen to it. Answers the exit status: fine when it is done, attention when it is
 * and something needs a person, failed when it has ended otherwise.
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
