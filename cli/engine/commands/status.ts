import type { KindAtApi } from '../command-line.js';
import { migrationPath } from '../kind.js';
import { print, type Terminal } from '../terminal.js';

/** Prints one migration: for people, or with `json` the API's answer unchanged. */
export async function status(
  { api, kind }: KindAtApi,
  key: string,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const view = await api.get<object>(migrationPath(kind, key));
  if (json) print(terminal.out, JSON.stringify(view, undefined, 2));
  else kind.show(view, terminal);
}
