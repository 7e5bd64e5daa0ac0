import { DEFAULT_KIND } from '../../domain/kinds.js';
import type { ApiClient } from './api/client.js';
import type { CliKind } from './kind.js';
import { nearest } from './nearest.js';
import { CommandError, EXIT } from './terminal/terminal.js';

export type CliKinds = Readonly<Record<string, CliKind>>;

export interface KindsAnswer {
  readonly kinds: readonly {
    readonly kind: string;
    readonly name: string;
    readonly units: string;
    readonly phases: readonly string[];
  }[];
}

export const KINDS_PATH = '/v2/kinds';

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
    const words = `This API has no kind of migration called ${name}: --kind is one of ${on.join(', ')}.${nearest(name ?? '', on)}`;
    throw new CommandError(words, EXIT.usage);
  }
  if (kind !== undefined) return kind;
  throw new CommandError(
    `The API has the kind ${name}, but this version of carryover does not know it. Update carryover.`,
  );
}
