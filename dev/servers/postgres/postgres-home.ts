import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { makePassable } from '../data-folder.js';
import { canPass, type SystemUser } from './postgres-user.js';

/** The place of a data folder's PostgreSQL. */
export interface PostgresHome {
  /** Owned by the server's user, and closed to others. */
  path: string;
  data: string;
  password: string;
}

const POINTER = 'postgres.location';

/**
 * The home of this data folder's PostgreSQL, created if it is missing. It is `postgres` inside the data folder or, if the server's user cannot
 * get there (below a closed folder such as /root), a folder elsewhere that a pointer file in the data folder names. The data folder must exist.
 */
export async function postgresHome(dataFolder: string, user: SystemUser | undefined): Promise<PostgresHome> {
  const path = await homeOf(dataFolder, user);
  await mkdir(path, { recursive: true });
  if (user) await chown(path, user.uid, user.gid);
  await chmod(path, 0o700);
  const passwordFile = join(path, 'password');
  if (!existsSync(passwordFile)) {
    await writeFile(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
    if (user) await chown(passwordFile, user.uid, user.gid);
  }
  return { path, data: join(path, 'data'), password: await readFile(passwordFile, 'utf8') };
}

/** Deletes a data folder and what had to be kept elsewhere. Nobody may be using it. */
export async function removeDataFolder(dataFolder: string): Promise<void> {
  const elsewhere = await pointedTo(dataFolder);
  if (elsewhere) await rm(elsewhere, { recursive: true, force: true });
  await rm(dataFolder, { recursive: true, force: true });
}

/** The target of this data folder's pointer file; undefined if its PostgreSQL is inside. */
async function pointedTo(dataFolder: string): Promise<string | undefined> {
  const pointer = join(dataFolder, POINTER);
  return existsSync(pointer) ? (await readFile(pointer, 'utf8')).trim() : undefined;
}

async function homeOf(dataFolder: string, user: SystemUser | undefined): Promise<string> {
  const elsewhere = await pointedTo(dataFolder);
  if (elsewhere) return elsewhere;
  const inside = join(dataFolder, 'postgres');
  if (existsSync(inside) || !user || canPass(dataFolder, user)) return inside;
  const path = await placeElsewhere(dataFolder, user);
  await writeFile(join(dataFolder, POINTER), `${path}\n`);
  return path;
}

async function placeElsewhere(dataFolder: string, user: SystemUser): Promise<string> {
  const temporary = [tmpdir(), '/tmp', '/var/tmp'];
  const lasting = ['/var/lib', '/var/tmp', '/tmp'];
  const isTemporary = resolve(dataFolder).startsWith(tmpdir() + sep);
  for (const parent of isTemporary ? temporary : lasting) {
    if (!existsSync(parent) || !canPass(parent, user)) continue;
    const own = join(parent, 'carryover-postgres');
    await makePassable(own);
    // The hash alone is not enough: a moved folder keeps its database, and a new folder with the old name gets another.
    const hash = createHash('sha256').update(resolve(dataFolder)).digest('hex').slice(0, 12);
    return join(own, `${hash}-${randomBytes(4).toString('hex')}`);
  }
  throw new Error(
    `PostgreSQL cannot run as root, and its user (${user.uid}) can reach neither ${dataFolder} nor a folder of the ` +
      'system. Choose a data folder whose parents everybody may pass through.',
  );
}
