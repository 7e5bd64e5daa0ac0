import { isAway } from '../api/client.js';
import type { KindAtApi } from '../command-line.js';
import { type EndedVerification, type KindVerification, kindCommand, migrationPath } from '../kind.js';
import type { Printer, Printing } from '../terminal/output.js';
import { CommandError, EXIT, type Terminal } from '../terminal/terminal.js';

export interface VerifyCommand extends Printing {
  readonly repair: boolean;
  /** False: begin it, and return at once. */
  readonly wait: boolean;
}

const POLL_MS = 1_000;
/** How many polls in a row may fail, as during a deploy, before that is an error. */
const TRIES = 60;

/**
 * Verifies a migration, shows the progress, then the differences. Returns the exit status: fine if all is equal. If it is interrupted, the
 * verification continues, and a second call finds the same one.
 */
export async function verify(
  at: KindAtApi,
  key: string,
  { repair, wait }: VerifyCommand,
  printer: Printer,
  terminal: Terminal,
): Promise<number> {
  const { api, kind } = at;
  const verification = await kind.verification?.();
  if (verification === undefined)
    throw new CommandError(
      `The kind ${kind.name} has no verification: its migrations are checked as they run.`,
    );
  const begun = await api.post<unknown>(migrationPath(kind, key, 'verify'), repair ? { repair } : undefined);
  if (!wait) {
    const words = `The verification of ${key} is under way. "${kindCommand(kind, 'verify', key)}" shows its progress.`;
    await printer.show(begun, () => [words]);
    return EXIT.fine;
  }
  const { isEqual, result, lines } = await untilEnded(at, verification, key, terminal);
  await printer.show(result, () => lines(printer.width));
  return isEqual ? EXIT.fine : EXIT.failed;
}

async function untilEnded(
  { api, kind }: KindAtApi,
  verification: KindVerification<object>,
  key: string,
  terminal: Terminal,
): Promise<EndedVerification> {
  const progress = verification.openProgress(terminal.error);
  let failures = 0;
  try {
    for (;;) {
      const view = await api.get<object>(migrationPath(kind, key)).catch((error: unknown) => {
        terminal.signal.throwIfAborted();
        failures += 1;
        if (failures === TRIES || !isAway(error)) throw error;
        return undefined;
      });
      if (view !== undefined) {
        failures = 0;
        const ended = verification.ended(view);
        if (ended !== undefined) return ended;
        progress.show(view);
      }
      await terminal.clock.sleep(POLL_MS, { signal: terminal.signal });
    }
  } finally {
    progress.end();
  }
}
