import type { Turn, TurnPart } from '../../../gateways/store/conversations/verify/turns.js';
import type { SourceContext } from '../import/import-threads.js';
import type { NewSince } from './verdict.js';

/** What comparing works with. `phase` is that of the import which repaired records count to: the last one that has read. */
export interface TurnContext extends SourceContext {
  readonly turn: Turn;
  readonly part: TurnPart;
  readonly since: NewSince;
}
