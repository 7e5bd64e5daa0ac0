import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const FILE = join('dev', 'sample', 'chatwoot', 'schema.sql');

/** The tables of a Chatwoot database, as far as a move touches them. It is found from wherever this was built to. */
export async function chatwootSchema(): Promise<string> {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, FILE);
    if (existsSync(file)) return readFile(file, 'utf8');
    if (folder === dirname(folder)) throw new Error(`There is no ${FILE} above ${import.meta.dirname}.`);
  }
}
