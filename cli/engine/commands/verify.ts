import { isAway } from '../api-client.js';
import type { KindAtApi } from '../command-line.js';
import { type EndedVerification, type KindVerification, kindCommand, migrationPath } from '../kind.js';
import { CommandError, EXIT, print, type Terminal } from '../terminal.js';

export interface VerifyCommand {
  readonly repair: boolean;
  /** False: begin it, and return at once. */
  readonly wait: boolean;
  readonly json: boolean;
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
  { repair, wait, json }: VerifyCommand,
  terminal: Terminal,
): Promise<number> {
  const { api, kind } = at;
  const { verification } = kind;
  if (verification === undefined)
    throw new CommandError(
      `The kind ${kind.name} has no verification: its migrations are checked as they run.`,
    );
  const begun = await api.post<unknown>(migrationPath(kind, key, 'verify'), repair ? { repair } : undefined);
  if (!wait && json) {
    print(terminal.out, JSON.stringify(begun, undefined, 2));
    return EXIT.fine;
  }
  if (!wait) {
    print(
      terminal.out,
      `The verification of ${key} is under way. "${kindCommand(kind, 'verify', key)}" shows its progress.`,
    );
    return EXIT.fine;
  }
  const { isEqual, result, lines } = await untilEnded(at, verification, key, terminal);
  if (json) print(terminal.out, JSON.stringify(result, undefined, 2));
  else print(terminal.out, ...lines(terminal.out.columns));
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
