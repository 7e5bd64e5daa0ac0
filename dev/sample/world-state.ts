import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SampleOptions } from './generator/options.js';

/** How many records an account has. */
export type AccountSize = Pick<SampleOptions, 'threads' | 'messages'>;

/** What a sample world keeps, so that it is the same after its process has ended in any way. */
export interface WorldState {
  seed: number;
  /** The sample's fixed 'today', ISO 8601. */
  now: string;
  conversationsPort: number;
  carrierPort: number;
  /** The seeded records contain it, so it never changes. */
  attachmentsBaseUrl: string;
  conversationsToken: string;
  carrierToken: string;
  webhookSecret: string;
  /** The size of the first account; default: that of `npm start`. */
  size?: AccountSize;
  /** The number of ordinary accounts; default: 1. */
  accounts?: number;
  /** Whether acc_7 and acc_8 exist. */
  trouble?: boolean;
}

const FILE = 'sample-world.json';

export function readWorldState(dataDir: string): WorldState | undefined {
  const file = join(dataDir, FILE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as WorldState) : undefined;
}

/** Writes the state atomically, readable only by its owner, because it holds secrets. */
export function writeWorldState(dataDir: string, state: WorldState): void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, FILE);
  writeFileSync(`${file}.tmp`, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}

export function newSecrets(): Pick<WorldState, 'conversationsToken' | 'carrierToken' | 'webhookSecret'> {
  return {
    conversationsToken: `conv_${randomBytes(24).toString('base64url')}`,
    carrierToken: `carr_${randomBytes(24).toString('base64url')}`,
    webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
  };
}
