import { mapMessage } from '../../../domain/conversations/records/map-message.js';
import {
  HELD_BY_ANOTHER_ACCOUNT,
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
} from '../../../domain/conversations/records/quarantine-reasons.js';
import type { RecordKey } from '../../../domain/conversations/records/quarantine-key.js';
import { quarantined } from '../../../domain/conversations/records/quarantine.js';
import { sha256Hex } from '../../../domain/conversations/records/digest.js';
import type { Mapped, MessageRow } from '../../../domain/conversations/records/rows.js';
import { storable } from '../../../domain/engine/text.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import { findMessageStates } from '../../../gateways/store/conversations/following/message-states.js';
import type { MessageState } from '../../../gateways/store/conversations/following/message-states.js';
import { placeMessages, writeHeld } from '../../../gateways/store/conversations/following/place-messages.js';
import { nameOf } from '../../../gateways/store/conversations/following/record-names.js';
import type { RecordName } from '../../../gateways/store/conversations/following/record-names.js';
import type { Standing } from '../../../gateways/store/conversations/following/standing.js';
import type { WaitingHint } from '../../../gateways/store/conversations/following/waiting-hints.js';
import { findThreads } from '../../../gateways/store/conversations/import/batches.js';
import { refusalReason } from '../import/import-threads.js';
import type { Ground } from './ground.js';
import { textOf } from './ground.js';
import type { WantedThread } from './judge-threads.js';
import { placeCopies } from './place-copies.js';
import type { Copy } from './place-copies.js';
import type { MessageSeeds, ThreadSettling } from './settle-threads.js';
import type { RefusedAmong } from './refused.js';

/** A message record that the source has now, mapped for its brand. */
interface Found {
  readonly standing: Standing;
  readonly key: RecordKey;
  readonly item: Item;
  readonly mapped: Mapped<MessageRow>;
}

/**
 * Brings messages in line with the source. Copies of one message decide together which of them is held, so all that the store knows of are read again
 * and placed together.
 */
export class MessageSettling {
  /** What the store held of all these messages before. */
  readonly before: MessageState[] = [];
  readonly names = new Map<string, RecordName>();
  readonly #ids = new Set<string>();
  readonly #identities = new Set<string>();
  readonly #states = new Set<string>();

  constructor(
    private readonly ground: Ground,
    private readonly threads: ThreadSettling,
    private readonly refusedAmong: RefusedAmong,
  ) {}

  /** Reads records at the source, and what the store has of them and of their copies, until it finds no further copy. */
  async gather(keys: readonly RecordKey[], seeds: MessageSeeds): Promise<void> {
    const { ground } = this;
    let names = this.#newNames(keys);
    let ids = added(this.#ids, seeds.ids);
    let identities = added(this.#identities, seeds.identities);
    while (names.length + ids.length + identities.length > 0) {
      await ground.read(
        'messages',
        names.map(({ key }) => key),
      );
      ids.push(
        ...added(
          this.#ids,
          names.flatMap(({ key }) => idOf(ground.item('messages', key))),
        ),
      );
      for (const id of ids) this.#identities.add(sha256Hex(id));
      const states = await findMessageStates(ground.tx, ground.account, { names, ids, identities });
      const fresh = states.filter(({ place, id }) => added(this.#states, [`${place} ${id}`]).length > 0);
      this.before.push(...fresh);
      ids = added(
        this.#ids,
        fresh.flatMap(({ sourceId }) => sourceId ?? []),
      );
      identities = added(
        this.#identities,
        fresh.map(({ identity }) => identity),
      );
      names = this.#newNames(
        fresh.flatMap((state) => (this.ground.isOurs(state) && state.key ? [state.key] : [])),
      );
    }
  }

  #newNames(keys: readonly RecordKey[]): RecordName[] {
    const fresh = [...new Map(keys.map((key) => [textOf(key), key]))].filter(
      ([text]) => !this.names.has(text),
    );
    return fresh.map(([text, key]) => {
      const name = nameOf('messages', key);
      this.names.set(text, name);
      return name;
    });
  }

  /** The threads that messages need, and that are neither in the store nor settled. */
  async unsettledThreads(): Promise<WantedThread[]> {
    const { threadIds, found } = await this.#findThreads();
    return found.flatMap(({ standing, mapped, item }) => {
      if (mapped.kind !== 'row' || threadIds(standing, mapped.row) !== undefined) return [];
      const isSettled = this.threads.fateOf(standing, mapped.row.sourceThreadId) !== undefined;
      return isSettled ? [] : [{ standing, threadId: String(item['thread_id']) }];
    });
  }

  /** Places all messages that were gathered, once all threads are settled. */
  async place(): Promise<void> {
    const { tx } = this.ground;
    const { threadIds, found } = await this.#findThreads();
    const foreign = new Set(
      this.before.filter((state) => !this.ground.isOurs(state)).map(({ identity }) => identity),
    );
    const copies = found.map((one) => this.#copyOf(one, threadIds, foreign));
    const states = this.before.filter((state) => this.ground.isOurs(state) && this.#isKnown(state));
    const refused = await this.refusedAmong(placeCopies(copies).held, (held) => writeHeld(tx, states, held));
    const codes = new Map([...refused].map(([{ row }, code]) => [row, code]));
    await placeMessages(tx, states, placeCopies(copies.map((copy) => withoutRefused(copy, codes))));
  }

  /** The source was asked for it. Others stay as they are. */
  #isKnown({ key }: MessageState): boolean {
    return key !== undefined && this.names.has(textOf(key));
  }

  #copyOf({ standing, key, item, mapped }: Found, threadIds: ThreadIds, foreign: ReadonlySet<string>): Copy {
    if (mapped.kind === 'quarantined')
      return { standing, key, item, identity: mapped.record.identity, as: { record: mapped.record } };
    const { row } = mapped;
    const identity = sha256Hex(row.sourceId);
    const refused = (reason: string): Copy => ({
      ...{ standing, key, item, identity },
      as: { record: quarantined('messages', item, reason).record },
    });
    const threadId = threadIds(standing, row);
    if (threadId === undefined) {
      const isFound = this.threads.fateOf(standing, row.sourceThreadId) === 'refused';
      return refused(isFound ? THREAD_NOT_TAKEN : NO_THREAD_RECORD);
    }
    return foreign.has(identity)
      ? refused(HELD_BY_ANOTHER_ACCOUNT)
      : { standing, key, item, identity, as: { row, threadId } };
  }

  async #findThreads(): Promise<{ readonly threadIds: ThreadIds; readonly found: readonly Found[] }> {
    const found = await this.#found();
    const byBrand = new Map<string, Set<string>>();
    for (const { standing, mapped } of found) {
      if (mapped.kind !== 'row') continue;
      const ids = byBrand.get(standing.brand.id) ?? new Set();
      byBrand.set(standing.brand.id, ids.add(mapped.row.sourceThreadId));
    }
    const threads = new Map<string, ReadonlyMap<string, string>>();
    for (const [brandId, ids] of byBrand)
      threads.set(brandId, (await findThreads(this.ground.tx, brandId, [...ids])).threadIds);
    return { found, threadIds: ({ brand }, row) => threads.get(brand.id)?.get(row.sourceThreadId) };
  }

  /** Records whose brand is one of the account that can take them now. */
  async #found(): Promise<Found[]> {
    const found: Found[] = [];
    for (const { key } of this.names.values()) {
      const item = this.ground.item('messages', key);
      const standing = await this.ground.brandOf(item);
      if (!item || !standing || standing.waits) continue;
      const { sourceId: brandId, accountSourceId: accountId } = standing.brand;
      found.push({ standing, key, item, mapped: mapMessage(item, { accountId, brandId }) });
    }
    return found;
  }

  /** Messages of brands that cannot take them yet. */
  async waiting(): Promise<WaitingHint[]> {
    const waiting: WaitingHint[] = [];
    for (const { key } of this.names.values()) {
      const standing = await this.ground.brandOf(this.ground.item('messages', key));
      if (standing?.waits === true) waiting.push({ brandId: standing.brand.id, table: 'messages', key });
    }
    return waiting;
  }

  /** What the store holds of the same messages now. */
  async after(): Promise<MessageState[]> {
    const { tx, account } = this.ground;
    const names = [...this.names.values()];
    const [ids, identities] = [[...this.#ids], [...this.#identities]];
    return findMessageStates(tx, account, { names, ids, identities });
  }
}

type ThreadIds = (standing: Standing, row: MessageRow) => string | undefined;

/** Adds values to the set; returns those that are new. */
function added(known: Set<string>, values: readonly string[]): string[] {
  return values.filter((value) => known.size !== known.add(value).size);
}

function idOf(item: Item | undefined): string[] {
  const id = item?.['message_id'];
  return typeof id === 'string' && id !== '' ? [storable(id)] : [];
}

function withoutRefused(copy: Copy, codes: ReadonlyMap<MessageRow, string>): Copy {
  const code = 'row' in copy.as ? codes.get(copy.as.row) : undefined;
  if (code === undefined) return copy;
  return { ...copy, as: { record: quarantined('messages', copy.item, refusalReason(code)).record } };
}
