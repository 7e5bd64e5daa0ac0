import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What the file holds, which only this project writes; undefined when it is not there. */
export function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Writes the file in one go: a process that is killed meanwhile leaves the old one. */
export function writeJson(file: string, value: unknown, options: { readonly mode?: number } = {}): void {
  const unfinished = `${file}.tmp`;
  writeFileSync(unfinished, `${JSON.stringify(value, undefined, 2)}\n`, options);
  renameSync(unfinished, file);
}
