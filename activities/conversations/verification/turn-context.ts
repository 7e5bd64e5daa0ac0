import type { Turn, TurnPart } from '../../../gateways/store/conversations/verify/turns.js';
import type { SourceContext } from '../import/import-threads.js';
import type { FindThreadIds } from './thread-ids.js';
import type { NewSince } from './verdict.js';

/** What a comparison works with. `phase` is the import phase that repaired records count towards: the last one that has read. */
export interface TurnContext extends SourceContext {
  readonly turn: Turn;
  readonly part: TurnPart;
  readonly since: NewSince;
  /** The brand's following position when the turn began. */
  readonly followedBefore: string;
  readonly threadIds: FindThreadIds;
}
