import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a sample world must remember so that it is the same one after its process was ended in any way. */
export interface WorldState {
  seed: number;
  /** ISO 8601: the day on which the sample's 'today' stands still. */
  now: string;
  conversationsPort: number;
  carrierPort: number;
  /** Stands in the seeded records, so it never changes. */
  attachmentsBaseUrl: string;
  conversationsToken: string;
  carrierToken: string;
  webhookSecret: string;
  /** How many ordinary accounts there are; 1 where nothing is said. */
  accounts?: number;
  /** Whether the two accounts with trouble are there. */
  trouble?: boolean;
}

const FILE = 'sample-world.json';

export function readWorldState(dataDir: string): WorldState | undefined {
  const file = join(dataDir, FILE);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as WorldState) : undefined;
}

/** Whole or not at all, and readable by its owner only: it holds secrets. */
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
