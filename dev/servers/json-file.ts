import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The file's content, which only this project writes; undefined if there is no file. */
export function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Writes the file atomically: a process that is killed meanwhile leaves the old one. */
export function writeJson(file: string, value: unknown, options: { readonly mode?: number } = {}): void {
  const unfinished = `${file}.tmp`;
  writeFileSync(unfinished, `${JSON.stringify(value, undefined, 2)}\n`, options);
  renameSync(unfinished, file);
}
