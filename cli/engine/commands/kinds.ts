import type { ApiClient } from '../api/client.js';
import { type KindsAnswer, KINDS_PATH } from '../choose-kind.js';
import type { Printer } from '../terminal/output.js';
import { table } from '../terminal/table.js';

/** Prints the kinds of migration that the API has. */
export async function listKinds(api: ApiClient, printer: Printer): Promise<void> {
  const { kinds } = await api.get<KindsAnswer>(KINDS_PATH);
  await printer.show(kinds, () => {
    const rows = kinds.map(({ kind, name, units, phases }) => [kind, name, units, phases.join(', ')]);
    return table(['KIND', 'WHAT', 'UNITS', 'PHASES'], rows, printer.width);
  });
}
