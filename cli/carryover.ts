#!/usr/bin/env node
import { runCarryover } from './commands/program.js';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

process.exitCode = await runCarryover(process.argv.slice(2), {
  out: process.stdout,
  error: process.stderr,
  environment: process.env,
  signal: interrupted.signal,
});
