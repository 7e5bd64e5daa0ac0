#!/usr/bin/env node
import * as modules from 'node:module';

// Node 20 has no cache of compiled code. Only what is loaded after this line is cached, so the program is.
(modules as { enableCompileCache?: () => unknown }).enableCompileCache?.();
const { systemClock } = await import('../gateways/clock.js');
const { demoFolder } = await import('./demo.js');
const { runCarryover } = await import('./engine/program.js');

const interrupted = new AbortController();
/** The shells' status for a program whose reader has closed the pipe, as in `carryover list | head -3`: 128 + SIGPIPE. */
const EXIT_UNREAD = 141;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT_UNREAD);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

process.exitCode = await runCarryover(process.argv.slice(2), {
  input: process.stdin,
  out: process.stdout,
  error: process.stderr,
  environment: process.env,
  demoFolder: demoFolder(),
  signal: interrupted.signal,
  clock: systemClock,
});
