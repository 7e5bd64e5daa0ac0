import { byteOrder } from '../../../domain/engine/bytes/order.js';
import { grouped } from '../../../domain/engine/grouped.js';
import type { RecordKey } from '../../../domain/conversations/records/quarantine-key.js';
import type { QuarantinedRecord, MessageRow } from '../../../domain/conversations/records/rows.js';
import { isSmallerCopy } from '../../../gateways/store/conversations/copies/superseded.js';
import type {
  Placement,
  RefusedMessage,
} from '../../../gateways/store/conversations/following/place-messages.js';
import { countedIn } from '../../../gateways/store/conversations/following/standing.js';
import type { Standing } from '../../../gateways/store/conversations/following/standing.js';

/** A message record that the source has now. */
export interface Copy {
  readonly standing: Standing;
  readonly key: RecordKey;
  /** Equal for copies of one message. */
  readonly identity: string;
  readonly item: unknown;
  /** The message in its thread (the store's id), or why it cannot be taken. */
  readonly as:
    { readonly row: MessageRow; readonly threadId: string } | { readonly record: QuarantinedRecord };
}

/**
 * Decides where all known copies of messages belong. The smallest copy that can be taken is held, and the others are superseded. If none can be
 * taken, the smallest is quarantined.
 */
export function placeCopies(copies: readonly Copy[]): Placement {
  const placement = { held: [], superseded: [], supersededRefused: [], quarantined: [] } as {
    -readonly [Place in keyof Placement]: Placement[Place][number][];
  };
  for (const group of grouped(copies, ({ identity }) => identity).values()) {
    const taken = group.flatMap(({ standing, as }) =>
      'row' in as ? [{ ...as, brand: standing.brand }] : [],
    );
    const refused = group.filter(({ as }) => 'record' in as).toSorted(byKey);
    const [first, ...others] = taken.toSorted((a, b) => (isSmallerCopy(a.row, b.row) ? -1 : 1));
    if (first) placement.held.push(first);
    placement.superseded.push(...others);
    const [smallest, ...rest] = refused.flatMap(refusedOf);
    if (!smallest) continue;
    if (first) placement.supersededRefused.push(smallest);
    else placement.quarantined.push(smallest);
    placement.supersededRefused.push(...rest);
  }
  return placement;
}

function byKey({ key: a }: Copy, { key: b }: Copy): number {
  return byteOrder(a.range, b.range) || byteOrder(a.hash, b.hash);
}

function refusedOf({ standing, key, as }: Copy): RefusedMessage[] {
  if (!('record' in as)) return [];
  return [{ brand: standing.brand, phase: countedIn(standing, key.range), record: as.record }];
}
