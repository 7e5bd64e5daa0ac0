import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type DataFolder, openDataFolder } from '../../dev/servers/data-folder.js';
import { readJson, writeJson } from '../../dev/servers/json-file.js';
import { ConfigurationError } from '../../domain/engine/configuration-error.js';
import { SchemaError } from '../../gateways/store/sql/migrate.js';
import { demoFolder } from '../demo.js';
import { removeDataFolder } from '../../dev/servers/postgres/postgres-home.js';

/** The data that `npm start` keeps between runs, in one folder. */
export interface Home {
  readonly folder: DataFolder;
  readonly stack: string;
  readonly sample: string;
  readonly attachments: string;
  /** The secret that tokens are signed with; created once. */
  readonly jwtSecret: string;
}

export interface HomeOptions {
  /** Delete the data of earlier starts. */
  readonly fresh: boolean;
  /** Default: `.carryover` in the checkout. */
  readonly folder: string | undefined;
}

/** Locks the folder for this process. Throws while another start uses it. */
export async function openHome({ fresh, folder: wanted }: HomeOptions): Promise<Home> {
  const path = resolve(wanted ?? demoFolder());
  const folder = await openDataFolder(path);
  const stack = join(path, 'stack');
  const sample = join(path, 'sample');
  const attachments = join(path, 'attachments');
  if (fresh) {
    await removeDataFolder(stack);
    for (const place of [sample, attachments, join(path, 'logs')])
      await rm(place, { recursive: true, force: true });
  }
  return { folder, stack, sample, attachments, jwtSecret: secretOf(join(path, 'secret.json')) };
}

/** Says what to do about a database that another version of Carryover has left in the folder; other errors are returned unchanged. */
export function keptDataError(error: unknown, path: string): unknown {
  if (!(error instanceof SchemaError)) return error;
  return new ConfigurationError([
    `The data in ${path} is from another version of Carryover. Begin again with npm start -- --fresh, which deletes that data, or name another folder with --data. (${error.message})`,
  ]);
}

function secretOf(file: string): string {
  const kept = (readJson(file) as { jwtSecret?: string } | undefined)?.jwtSecret;
  if (kept !== undefined) return kept;
  const jwtSecret = randomBytes(32).toString('base64url');
  writeJson(file, { jwtSecret });
  return jwtSecret;
}
