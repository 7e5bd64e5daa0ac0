import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { readJson, writeJson } from '../../servers/json-file.js';
import { Change } from './changes.js';

const Journal = Type.Object({ changes: Type.Array(Change) });

/**
 * The changes to an account's records, each recorded before it is written. So all but the last one are in the tables, and the next process writes
 * that one again. The file is complete at any moment, even after a kill -9.
 */
export class ArrivalsJournal {
  readonly #file: string;
  readonly #changes: Change[];

  /** @throws Error that names the file if it holds something else */
  constructor(dataDir: string, accountId: string) {
    mkdirSync(dataDir, { recursive: true });
    this.#file = join(dataDir, `arrivals-${accountId}.json`);
    this.#changes = changesIn(this.#file);
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  add(change: Change): void {
    this.#changes.push(change);
    writeJson(this.#file, { changes: this.#changes });
  }
}

function changesIn(file: string): Change[] {
  const found = readJson(file);
  if (found === undefined) return [];
  if (Value.Check(Journal, found)) return found.changes;
  throw new Error(
    `${file} does not hold the changes of a sample account. Begin again with npm start -- --fresh.`,
  );
}
