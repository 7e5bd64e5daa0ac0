import type { ExplainWords } from '../../../../domain/engine/explain/facts.js';
import { carryoverCommand } from '../../../../domain/engine/failures/commands.js';
import type { ApiKind, ExplainedKind } from '../../kind.js';

/** The default wording of explanations, for kinds without their own. */
export function explainedByDefault(kind: ApiKind): ExplainedKind {
  const words: ExplainWords = {
    subject: kind.subject,
    unit: 'unit',
    units: kind.units,
    records: 'records',
    source: 'the source',
    others: "the target's users",
    doing: ({ activity, phase }) => `${activity}${phase === null ? '' : ` (${phase})`}`,
    command: (...parts) => carryoverCommand(...parts, '--kind', kind.name),
  };
  return {
    words,
    async read(key, status) {
      await kind.assertKnown(key);
      return { outcome: kind.steered.isDone(status) ? 'done' : 'open', failures: [], waits: [] };
    },
  };
}
