/** What every one of Carryover's processes does at its beginning and end. */

import { ConfigurationError } from '../domain/engine/configuration-error.js';
import { systemClock } from '../gateways/clock.js';

/** sysexits' EX_CONFIG. */
export const EXIT_CONFIGURATION = 78;

const PARENT_CHECK_MILLISECONDS = 500;

/**
 * Runs a process's main function. A configuration that is not right is told without a stack trace and ends it with 78, any
 * other error with 1. The process ends, as on SIGTERM, when the one that started it has ended.
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

/** npm passes signals on to a shell, which may end without passing them further; a parent with a channel may be killed. */
function endWithParent(): void {
  const end = () => process.kill(process.pid, 'SIGTERM');
  if (process.send !== undefined) {
    process.once('disconnect', end);
    // Waiting for that must not keep alive what has done its work.
    process.channel?.unref();
    // It may have ended while this process was loading its modules, when nobody listened yet.
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
