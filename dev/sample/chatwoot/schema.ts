import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const FILE = join('dev', 'sample', 'chatwoot', 'schema.sql');

/** The tables of a Chatwoot database that a move touches. Found from the sources and from dist. */
export async function chatwootSchema(): Promise<string> {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const file = join(folder, FILE);
    if (existsSync(file)) return readFile(file, 'utf8');
    if (folder === dirname(folder)) throw new Error(`There is no ${FILE} above ${import.meta.dirname}.`);
  }
}
