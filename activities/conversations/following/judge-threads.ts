import { mapThread } from '../../../domain/conversations/records/map-thread.js';
import { HELD_BY_ANOTHER_BRAND } from '../../../domain/conversations/records/quarantine-reasons.js';
import { quarantined } from '../../../domain/conversations/records/quarantine.js';
import type { QuarantinedRecord } from '../../../domain/conversations/records/rows.js';
import { storable } from '../../../domain/engine/text.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import { otherBrands } from '../../../gateways/store/conversations/following/standing.js';
import type { Standing } from '../../../gateways/store/conversations/following/standing.js';
import type { ThreadState } from '../../../gateways/store/conversations/following/thread-states.js';
import type { ReadThread } from '../../../gateways/store/conversations/import/threads.js';
import type { Ground } from './ground.js';

/** A thread of a brand. */
export interface WantedThread {
  readonly standing: Standing;
  /** Exactly as the source has it. */
  readonly threadId: string;
}

/** The fate of a brand's thread, with the source that the store has of it: in this brand or, if it was moved, in another one. */
export type JudgedThread = WantedThread &
  (
    | { readonly fate: 'taken'; readonly read: ReadThread; readonly source: ThreadState | undefined }
    | {
        readonly fate: 'refused';
        readonly record: QuarantinedRecord;
        readonly source: ThreadState | undefined;
      }
    | {
        readonly fate: 'missing';
        readonly source: ThreadState | undefined;
        /** Another brand has it now, with the source. */
        readonly isMoved?: boolean;
      }
  );

/** In how many other brands a moved thread is looked for at the source. */
const BRANDS_ASKED = 100;

/** Judges a thread whose record was read. `states`: the states of its id in the whole account. */
export async function judgeThread(
  ground: Ground,
  wanted: WantedThread,
  states: readonly ThreadState[],
): Promise<JudgedThread> {
  const { standing, threadId } = wanted;
  const { brand } = standing;
  const source = states.find((state) => state.place === 'source' && state.sourceId === storable(threadId));
  const own = source?.brandId === brand.id ? source : undefined;
  const item = ground.item('threads', { hash: brand.sourceId, range: threadId });
  if (!item) return { ...wanted, fate: 'missing', source: own };
  const mapped = mapThread(item, { ...brand, accountId: brand.accountSourceId, brandId: brand.sourceId });
  if (mapped.kind === 'quarantined')
    return { ...wanted, fate: 'refused', record: mapped.record, source: own };
  if (source && !own && !(await isMoved(ground, source, threadId)))
    return { ...wanted, fate: 'refused', record: heldElsewhere(item, standing), source: undefined };
  return { ...wanted, fate: 'taken', read: { item, row: mapped.row }, source };
}

function heldElsewhere(item: Item, { brand }: Standing): QuarantinedRecord {
  return quarantined('threads', item, HELD_BY_ANOTHER_BRAND, brand.sourceId).record;
}

/** Another brand of the account has the source, but no longer has the thread in Conversations. */
async function isMoved(ground: Ground, source: ThreadState, threadId: string): Promise<boolean> {
  if (source.accountId !== ground.account.accountId) return false;
  const key = { hash: source.brandSourceId, range: threadId };
  await ground.read('threads', [key]);
  return ground.item('threads', key) === undefined;
}

/** The brand to which Conversations has moved a thread that this brand no longer has. */
export async function movedTo(
  ground: Ground,
  { standing: { brand }, threadId }: WantedThread,
): Promise<Standing | undefined> {
  const others = await otherBrands(ground.tx, brand, BRANDS_ASKED);
  const keys = others.map((hash) => ({ hash, range: threadId }));
  await ground.read('threads', keys);
  const found = keys.find((key) => ground.item('threads', key) !== undefined);
  return found && ground.brand(found.hash);
}
