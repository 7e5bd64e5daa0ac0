import { DEFAULT_KIND } from '../../domain/kinds.js';
import type { ApiClient } from './api-client.js';
import type { CliKind } from './kind.js';
import { CommandError, EXIT, print, type Output } from './terminal.js';
import { table } from './table.js';

export type CliKinds = Readonly<Record<string, CliKind>>;

interface KindsAnswer {
  readonly kinds: readonly {
    readonly kind: string;
    readonly name: string;
    readonly units: string;
    readonly phases: readonly string[];
  }[];
}

const KINDS_PATH = '/v2/kinds';

/** The kind that `--kind` names, or the default, for which the API is not asked. Throws CommandError if the API or this program lacks it. */
export async function chooseKind(
  api: ApiClient,
  name: string | undefined,
  known: CliKinds,
): Promise<CliKind> {
  const kind = known[name ?? DEFAULT_KIND];
  if (name === undefined && kind !== undefined) return kind;
  const { kinds } = await api.get<KindsAnswer>(KINDS_PATH);
  const on = kinds.map((each) => each.kind);
  if (!on.includes(name ?? DEFAULT_KIND)) {
    const words = `This API has no kind of migration called ${name}: --kind is one of ${on.join(', ')}.`;
    throw new CommandError(words, EXIT.usage);
  }
  if (kind !== undefined) return kind;
  throw new CommandError(
    `The API has the kind ${name}, but this version of carryover does not know it. Update carryover.`,
  );
}

/** Prints the kinds of migration that the API has. */
export async function listKinds(api: ApiClient, json: boolean, out: Output): Promise<void> {
  const { kinds } = await api.get<KindsAnswer>(KINDS_PATH);
  if (json) return print(out, JSON.stringify(kinds, undefined, 2));
  const rows = kinds.map(({ kind, name, units, phases }) => [kind, name, units, phases.join(', ')]);
  print(out, ...table(['KIND', 'WHAT', 'UNITS', 'PHASES'], rows, out.columns));
}
