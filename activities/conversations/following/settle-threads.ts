import {
  NO_THREAD_RECORD,
  THREAD_NOT_TAKEN,
} from '../../../domain/conversations/records/quarantine-reasons.js';
import { quarantined } from '../../../domain/conversations/records/quarantine.js';
import { storable } from '../../../domain/engine/text.js';
import type { Item } from '../../../gateways/dynamodb/items.js';
import { nameOf } from '../../../gateways/store/conversations/following/record-names.js';
import { threadPhase } from '../../../gateways/store/conversations/following/standing.js';
import type { Standing } from '../../../gateways/store/conversations/following/standing.js';
import {
  giversOf,
  messagesAwaiting,
  messagesLeft,
  messagesWithCopies,
  removeSources,
  takeNames,
} from '../../../gateways/store/conversations/following/thread-changes.js';
import type { LeavingSource } from '../../../gateways/store/conversations/following/thread-changes.js';
import {
  findThreadStates,
  removeQuarantinedThreads,
} from '../../../gateways/store/conversations/following/thread-states.js';
import type { ThreadState } from '../../../gateways/store/conversations/following/thread-states.js';
import type { WaitingHint } from '../../../gateways/store/conversations/following/waiting-hints.js';
import { upsertContacts } from '../../../gateways/store/conversations/import/contacts.js';
import { quarantineAnew } from '../../../gateways/store/conversations/import/quarantine.js';
import { writeThreads } from '../../../gateways/store/conversations/import/threads.js';
import { refusalReason } from '../import/import-threads.js';
import { mapThread } from '../../../domain/conversations/records/map-thread.js';
import type { Ground } from './ground.js';
import { judgeThread, movedTo } from './judge-threads.js';
import type { JudgedThread, WantedThread } from './judge-threads.js';
import type { RefusedAmong } from './refused.js';

/** Messages to look at, by what the store knows of them. */
export interface MessageSeeds {
  readonly ids: readonly string[];
  readonly identities: readonly string[];
}

/** A source thread that has left a thread of the store, whose messages must be looked at. */
export interface LeftThread extends WantedThread {
  readonly left: LeavingSource;
}

/** The most messages that a transaction looks at because of their threads. The rest waits. */
const MESSAGES_AT_ONCE = 200;
const GIVERS = 100;

/** Reasons for the quarantine of messages that no longer apply once their thread has this fate. */
const OUTDATED_REASONS: Readonly<Record<JudgedThread['fate'], readonly string[]>> = {
  taken: [NO_THREAD_RECORD, THREAD_NOT_TAKEN],
  refused: [NO_THREAD_RECORD],
  missing: [THREAD_NOT_TAKEN],
};

/**
 * Brings threads in line with the source:
 *
 * 1. Judges each: taken, refused or missing. A thread that this brand has lost and another now has was moved there.
 * 2. Removes source threads that no longer exist, writes the others as an import does, and quarantines those that cannot be taken.
 * 3. Finds the messages that depend on these: those in a thread without their source, those in quarantine for lack of it, and copies that may belong
 *    elsewhere now. If there are many, a waiting hint is left for the rest.
 * 4. If a thread no longer gives its contact a name, takes the name from another thread.
 */
export class ThreadSettling {
  readonly before: ThreadState[] = [];
  readonly judged = new Map<string, JudgedThread>();
  readonly waiting: WaitingHint[] = [];
  /** Ids whose states are in `before`, if they had any. */
  readonly #seen = new Set<string>();

  constructor(
    private readonly ground: Ground,
    private readonly refusedAmong: RefusedAmong,
  ) {}

  /** Undefined if it was not settled. */
  fateOf({ brand }: Standing, threadId: string): JudgedThread['fate'] | undefined {
    return this.judged.get(nameIn(brand.id, threadId))?.fate;
  }

  /** Settles threads that are not settled yet; returns messages to look at. */
  async settle(wanted: readonly WantedThread[], left: readonly LeftThread[] = []): Promise<MessageSeeds> {
    const fresh = [...new Map(wanted.map((one) => [nameIn(one.standing.brand.id, one.threadId), one]))]
      .filter(([name]) => !this.judged.has(name))
      .map(([, one]) => one);
    if (fresh.length + left.length === 0) return { ids: [], identities: [] };
    const { judged, states } = await this.#judge(fresh);
    for (const one of judged) this.judged.set(nameIn(one.standing.brand.id, one.threadId), one);
    await this.#write(judged, states);
    const written = judged.map((one) => this.judged.get(nameIn(one.standing.brand.id, one.threadId)) ?? one);
    const seeds = await this.#messagesOf(written, left);
    const freed = await this.#settleFreed(written, states);
    return { ids: [...seeds.ids, ...freed.ids], identities: [...seeds.identities, ...freed.identities] };
  }

  async #judge(wanted: readonly WantedThread[]): Promise<{ judged: JudgedThread[]; states: ThreadState[] }> {
    const { ground } = this;
    const keys = wanted.map(({ standing, threadId }) => ({ hash: standing.brand.sourceId, range: threadId }));
    await ground.read('threads', keys);
    const names = keys.map((key) => nameOf('threads', key));
    const states = await findThreadStates(ground.tx, ground.account, names);
    this.before.push(...states.filter(({ sourceId }) => !this.#seen.has(sourceId)));
    for (const { threadId } of wanted) this.#seen.add(storable(threadId));
    const judged: JudgedThread[] = [];
    for (const one of wanted) {
      const found = await judgeThread(ground, one, states);
      const target = found.fate === 'missing' && found.source ? await movedTo(ground, one) : undefined;
      const moved = target && { standing: target, threadId: one.threadId };
      if (moved?.standing.waits === true) this.#wait(moved);
      const there = moved?.standing.waits === false ? await judgeThread(ground, moved, states) : undefined;
      // The source goes along if the other brand can take the thread.
      if (there?.fate === 'taken') judged.push({ ...one, fate: 'missing', source: undefined, isMoved: true });
      else judged.push(found);
      if (there) judged.push(there);
    }
    return { judged, states };
  }

  async #write(judged: readonly JudgedThread[], states: readonly ThreadState[]): Promise<void> {
    const { tx, account } = this.ground;
    const givers = judged.flatMap((one) => {
      const row = one.fate === 'taken' ? one.read.row : undefined;
      return one.source ? [{ sourceId: one.source.sourceId, row }] : [];
    });
    const nameless = await takeNames(tx, givers);
    await removeSources(
      tx,
      judged.flatMap((one) => (one.fate === 'taken' ? [] : leavingOf(one))),
    );
    for (const [standing, some] of byBrand(judged)) await this.#writeBrand(standing, some, states);
    await this.#nameAgain(nameless, account.accountId);
  }

  async #writeBrand(
    standing: Standing,
    judged: readonly JudgedThread[],
    states: readonly ThreadState[],
  ): Promise<void> {
    const { tx } = this.ground;
    const { brand } = standing;
    const phase = threadPhase(standing);
    const taken = judged.filter((one) => one.fate === 'taken');
    const moved = taken.filter(({ source }) => source && source.brandId !== brand.id);
    const ids = new Set(moved.flatMap(({ source }) => source?.sourceId ?? []));
    const write = async (some: typeof taken): Promise<void> => {
      const reads = some.map(({ read }) => read);
      if (reads.length > 0) await writeThreads(tx, brand, phase, reads, [], { ids, leaveMessages: true });
    };
    const refused = await this.refusedAmong(taken, (some) => write([...some]));
    await write(taken.filter((one) => !refused.has(one)));
    for (const [one, code] of refused) {
      const { record } = quarantined('threads', one.read.item, refusalReason(code), brand.sourceId);
      await removeSources(tx, leavingOf(one));
      this.judged.set(nameIn(brand.id, one.threadId), { ...one, fate: 'refused', record });
    }
    const settled = judged.flatMap(({ threadId }) => this.judged.get(nameIn(brand.id, threadId)) ?? []);
    const records = settled.flatMap((one) => (one.fate === 'refused' ? [one.record] : []));
    await quarantineAnew(tx, brand, phase, records);
    const others = new Set(
      settled.flatMap((one) => (one.fate === 'refused' ? [] : [storable(one.threadId)])),
    );
    await removeQuarantinedThreads(
      tx,
      states.filter((state) => state.brandId === brand.id && others.has(state.sourceId)),
    );
  }

  async #messagesOf(judged: readonly JudgedThread[], left: readonly LeftThread[]): Promise<MessageSeeds> {
    const { tx } = this.ground;
    const ids: string[] = [];
    const identities: string[] = [];
    const leaving = [...left, ...judged.flatMap((one) => leavesThread(one))];
    const behind = await messagesLeft(
      tx,
      leaving.map((one) => one.left),
      MESSAGES_AT_ONCE,
    );
    ids.push(...behind);
    if (behind.length === MESSAGES_AT_ONCE) for (const one of leaving) this.#wait(one, one.left.threadId);
    for (const [{ brand }, some] of byBrand(judged)) {
      for (const fate of ['taken', 'refused', 'missing'] as const) {
        const fated = some.filter((one) => one.fate === fate);
        const awaiting = await messagesAwaiting(
          tx,
          { brandId: brand.id, threadIds: fated.map(({ threadId }) => storable(threadId)) },
          OUTDATED_REASONS[fate],
          MESSAGES_AT_ONCE,
        );
        identities.push(...awaiting);
        if (awaiting.length === MESSAGES_AT_ONCE) for (const one of fated) this.#wait(one);
      }
      const threadIds = some.flatMap(({ fate, threadId }) => (fate === 'taken' ? [storable(threadId)] : []));
      const changed = some.filter((one) => isChanged(one)).map(({ threadId }) => storable(threadId));
      const others = threadIds.filter((threadId) => !changed.includes(threadId));
      const copies = [
        ...(await messagesWithCopies(tx, brand.id, changed, 'any')),
        ...(await messagesWithCopies(tx, brand.id, others, 'refused')),
      ];
      ids.push(...copies);
      identities.push(...copies);
    }
    return { ids, identities };
  }

  /** Settles threads that could not be taken because another brand, which has lost it now, had their id. */
  async #settleFreed(judged: readonly JudgedThread[], states: readonly ThreadState[]): Promise<MessageSeeds> {
    const lost = new Map(
      judged.flatMap((one) =>
        one.fate !== 'taken' && one.source ? [[one.source.sourceId, one.threadId]] : [],
      ),
    );
    const wanted: WantedThread[] = [];
    for (const { place, sourceId, brandId } of states) {
      const threadId = lost.get(sourceId);
      const standing =
        place === 'quarantined' && threadId !== undefined && (await this.ground.brandById(brandId));
      if (!standing) continue;
      if (standing.waits) this.#wait({ standing, threadId });
      else wanted.push({ standing, threadId });
    }
    return this.settle(wanted);
  }

  async #nameAgain(contactIds: readonly string[], accountId: string): Promise<void> {
    const { ground } = this;
    const givers = await giversOf(ground.tx, contactIds, GIVERS);
    if (givers.length === 0) return;
    const keys = givers.map(({ brandId, sourceId }) => ({ hash: brandId, range: sourceId }));
    await ground.read('threads', keys);
    const rows = [];
    for (const key of keys) {
      const item: Item | undefined = ground.item('threads', key);
      const standing = await ground.brand(key.hash);
      if (!item || !standing) continue;
      const { brand } = standing;
      const mapped = mapThread(item, { ...brand, accountId: brand.accountSourceId, brandId: brand.sourceId });
      if (mapped.kind === 'row' && mapped.row.contactName !== null) rows.push(mapped.row);
    }
    if (rows.length > 0) await upsertContacts(ground.tx, accountId, rows, []);
  }

  #wait({ standing: { brand }, threadId }: WantedThread, leftThread?: string): void {
    const key = { hash: brand.sourceId, range: threadId };
    this.waiting.push({ brandId: brand.id, table: 'threads', key, leftThread });
  }
}

/** The brand has gained or lost the source. */
function isChanged(one: JudgedThread): boolean {
  if (one.fate === 'missing' && one.isMoved === true) return true;
  return (one.fate === 'taken') !== (one.source?.brandId === one.standing.brand.id);
}

function nameIn(brandId: string, threadId: string): string {
  return `${brandId} ${storable(threadId)}`;
}

function leavingOf({ source }: JudgedThread): LeavingSource[] {
  return source?.threadId ? [{ sourceId: source.sourceId, threadId: source.threadId }] : [];
}

/** A source that is gone, or that another brand has now: its messages stay where they were until they are looked at. */
function leavesThread(one: JudgedThread): LeftThread[] {
  const stays = one.fate === 'taken' && one.source?.brandId === one.standing.brand.id;
  return stays ? [] : leavingOf(one).map((left) => ({ ...one, left }));
}

function byBrand(judged: readonly JudgedThread[]): [Standing, JudgedThread[]][] {
  const groups = new Map<string, [Standing, JudgedThread[]]>();
  for (const one of judged) {
    const [, group] = groups.get(one.standing.brand.id) ?? [];
    if (group) group.push(one);
    else groups.set(one.standing.brand.id, [one.standing, [one]]);
  }
  return [...groups.values()];
}
