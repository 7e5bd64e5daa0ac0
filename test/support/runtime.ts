import { DefaultLogger, Runtime } from '@temporalio/worker';

let quiet = false;

/** Temporal's core of this process, which files that run in one process share: it can be installed only once. */
Runtime.install({
  logger: new DefaultLogger('ERROR', ({ level, message }) => {
    if (!quiet) process.stderr.write(`Temporal's ${level}: ${message}\n`);
  }),
});

/** For tests in which workflow tasks fail on purpose, again and again. */
export function keepRuntimeQuiet(on: boolean): void {
  quiet = on;
}
