import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StackEnvironment } from '../../dev/servers/stack.js';
import { cpuOfServers, usageSince } from '../world/cpu.js';
import { newDatabase } from '../world/database.js';
import { heldOf } from '../world/held.js';
import { assertAllThere } from '../world/migration.js';
import type { Measured } from '../world/migration.js';
import { accountOf, brandOf } from '../world/source.js';
import type { Shape } from '../world/source.js';
import type { Report } from './report.js';

export interface Plain {
  readonly script: 'from-tables.js' | 'from-dump.js';
  /** More variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a plain script as a process, into its own database. Its time starts after it is loaded. */
export async function runLimit(
  env: StackEnvironment,
  shape: Shape,
  { script, environment = {} }: Plain = { script: 'from-tables.js' },
): Promise<Measured> {
  const database = await newDatabase(env.DATABASE_URL);
  try {
    const before = cpuOfServers();
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
      env: {
        ...process.env,
        ...env,
        DATABASE_URL: database.url,
        BENCH_ACCOUNT: accountOf(shape),
        BENCH_BRAND: brandOf(shape),
        ...environment,
      },
      execArgv: ['--max-semi-space-size=64'],
    });
    const ended = once(child, 'exit');
    const said = once(child, 'message').then(([message]) => message as Report);
    const report = await Promise.race([said, ended.then(() => undefined)]);
    await ended;
    if (report === undefined) throw new Error('the plain script has ended without a result');
    const { node: _own, MainThread: _too, ...cpu } = usageSince(before, cpuOfServers());
    await assertAllThere(database, shape.messages);
    const held = await heldOf(database, shape);
    return {
      seconds: report.seconds,
      cpu: { ...cpu, script: report.cpuSeconds },
      memory: report.memory,
      held,
    };
  } finally {
    await database.drop();
  }
}
