/** The start and end that all of Carryover's processes share. */

import { ConfigurationError } from '../domain/engine/configuration-error.js';
import { systemClock } from '../gateways/clock.js';

/** sysexits' EX_CONFIG. */
export const EXIT_CONFIGURATION = 78;

const PARENT_CHECK_MILLISECONDS = 500;

/**
 * Runs a process's main function. A ConfigurationError is printed without a stack trace and exits with 78; any other error exits with 1. When
 * the parent process ends, the process gets SIGTERM.
 */
export function runProcess(main: () => Promise<void>): void {
  endWithParent();
  main().catch((error: unknown) => {
    const wrong = error instanceof ConfigurationError;
    const trace = error instanceof Error ? error.stack : undefined;
    const text = wrong ? error.message : (trace ?? String(error));
    process.stderr.write(`${text}\n`);
    process.exit(wrong ? EXIT_CONFIGURATION : 1);
  });
}

/** npm forwards signals to a shell, which may end without forwarding them; a parent with an IPC channel may be killed. */
function endWithParent(): void {
  const end = () => process.kill(process.pid, 'SIGTERM');
  if (process.send !== undefined) {
    process.once('disconnect', end);
    // The open channel must not keep a finished process alive.
    process.channel?.unref();
    // The parent may have ended while this process was loading its modules, before it listened.
    if (!process.connected) end();
  }
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const check = (): void => {
    if (process.ppid === parent) return;
    stop();
    end();
  };
  const stop = systemClock.every(PARENT_CHECK_MILLISECONDS, check, { ref: false });
}
