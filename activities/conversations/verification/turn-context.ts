import type { Turn } from '../../../gateways/store/verify/turns.js';
import type { SourceContext } from '../import-threads.js';
import type { NewSince } from './verdict.js';

/** What comparing works with. `phase` is that of the import which repaired records count to: the one that read everything. */
export interface TurnContext extends SourceContext {
  readonly turn: Turn;
  readonly repair: boolean;
  readonly since: NewSince;
}
