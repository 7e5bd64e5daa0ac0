import type { RecordKey } from '../../../domain/conversations/records/quarantine-key.js';
import type { SourceTable } from '../../../domain/conversations/records/rows.js';
import { storable } from '../../../domain/engine/text.js';
import type { MessageState } from '../../../gateways/store/conversations/following/message-states.js';
import type { RecordName } from '../../../gateways/store/conversations/following/record-names.js';
import type { ThreadState } from '../../../gateways/store/conversations/following/thread-states.js';
import { textOf } from './ground.js';
import type { Ground } from './ground.js';
import type { JudgedThread } from './judge-threads.js';

/** What an account holds of records, before and after they were settled. */
export interface Change<State> {
  readonly before: readonly State[];
  readonly after: readonly State[];
}

/** One place where the account keeps a record. */
interface Kept {
  /** The store's id; null for a message whose thread is gone. */
  readonly brandId: string | null;
  /** Changes with every change of the record. */
  readonly version: string;
}

/** A record that was settled, under whichever brand of the account it is. */
export class SettledRecord {
  constructor(
    readonly table: SourceTable,
    readonly key: RecordKey,
    private readonly kept: Change<Kept>,
    /** Brands (the store's ids) under which the source has the record, or was asked for it. */
    private readonly asked: readonly string[],
    /** The source has the record under one of them. */
    private readonly isThere: boolean,
  ) {}

  get isAdded(): boolean {
    return this.kept.before.length === 0 && this.kept.after.length > 0;
  }

  get isChanged(): boolean {
    const { before, after } = this.kept;
    return before.length > 0 && after.length > 0 && versionOf(before) !== versionOf(after);
  }

  get isRemoved(): boolean {
    return this.kept.before.length > 0 && this.kept.after.length === 0 && !this.isThere;
  }

  /** Brands that kept it before. */
  get brandsBefore(): string[] {
    return brandsOf(this.kept.before);
  }

  /** Brands of which an earlier version of it may have been read. */
  get brands(): ReadonlySet<string> {
    return new Set([...this.asked, ...brandsOf(this.kept.before), ...brandsOf(this.kept.after)]);
  }
}

function versionOf(kept: readonly Kept[]): string {
  return kept
    .map(({ brandId, version }) => `${brandId} ${version}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join('\n');
}

function brandsOf(kept: readonly Kept[]): string[] {
  return kept.flatMap(({ brandId }) => brandId ?? []);
}

/** @param askedFor the brand (the store's id) whose hints name these keys */
export async function settledMessages(
  ground: Ground,
  names: readonly RecordName[],
  { before, after }: Change<MessageState>,
  askedFor: { readonly brandId: string; readonly keys: readonly RecordKey[] },
): Promise<SettledRecord[]> {
  const keptBefore = byHash(ground, before);
  const keptAfter = byHash(ground, after);
  const hinted = new Set(askedFor.keys.map(textOf));
  const records: SettledRecord[] = [];
  for (const name of names) {
    const own = await ground.brandOf(ground.item('messages', name.key));
    const asked = hinted.has(textOf(name.key)) ? [askedFor.brandId] : [];
    const kept = { before: keptAs(keptBefore, name), after: keptAs(keptAfter, name) };
    const brands = own ? [...asked, own.brand.id] : asked;
    records.push(new SettledRecord('messages', name.key, kept, brands, own !== undefined));
  }
  return records;
}

function byHash(ground: Ground, states: readonly MessageState[]): ReadonlyMap<string, Kept[]> {
  const kept = new Map<string, Kept[]>();
  for (const state of states) {
    if (!ground.isOurs(state)) continue;
    const { place, digest, attachments, attachmentsDigest } = state;
    const version = [place, digest, attachments, attachmentsDigest, state.version].join(' ');
    kept.set(state.hash, [...(kept.get(state.hash) ?? []), { brandId: state.brandId, version }]);
  }
  return kept;
}

function keptAs(kept: ReadonlyMap<string, Kept[]>, { copyHash, recordHash }: RecordName): Kept[] {
  return [...new Set([copyHash, recordHash])].flatMap((hash) => kept.get(hash) ?? []);
}

/** `elsewhere`: ids of threads of brands that cannot take them yet. */
export function settledThreads(
  ground: Ground,
  judged: readonly JudgedThread[],
  { before, after }: Change<ThreadState>,
  elsewhere: ReadonlySet<string>,
): SettledRecord[] {
  const byId = new Map<string, JudgedThread[]>();
  for (const one of judged) byId.set(one.threadId, [...(byId.get(one.threadId) ?? []), one]);
  return [...byId].map(([threadId, some]) => {
    const of = (states: readonly ThreadState[]) =>
      states
        .filter((state) => ground.isOurs(state) && state.sourceId === storable(threadId))
        .map(({ brandId, place, digest, version }) => ({
          brandId,
          version: [place, digest, version].join(' '),
        }));
    return new SettledRecord(
      'threads',
      { hash: some[0]?.standing.brand.sourceId ?? '', range: threadId },
      { before: of(before), after: of(after) },
      some.map(({ standing: { brand } }) => brand.id),
      elsewhere.has(threadId) || some.some(({ fate }) => fate !== 'missing'),
    );
  });
}
