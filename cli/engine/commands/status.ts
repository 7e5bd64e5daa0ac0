import type { KindAtApi } from '../command-line.js';
import { migrationPath } from '../kind.js';
import type { Printer } from '../terminal/output.js';

/** Prints one migration: for people, or for programs the API's answer unchanged. */
export async function status({ api, kind }: KindAtApi, key: string, printer: Printer): Promise<void> {
  const view = await api.get<object>(migrationPath(kind, key));
  if (!(await printer.data(view))) await kind.show(view, printer);
}
