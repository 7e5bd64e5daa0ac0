import { timeInKey, timestampOf } from '../../../domain/conversations/records/time.js';
import type { QuarantinedRecord } from '../../../domain/conversations/records/rows.js';
import type { ComparedTable, Difference, Finding } from '../../../domain/engine/verification.js';
import { NOTHING, plus } from '../../../domain/engine/tally.js';
import type { Tally } from '../../../domain/engine/tally.js';
import type { KeptElsewhere, KeptRecord } from '../../../gateways/store/conversations/verify/held-records.js';
import type { Mark, MarkKind } from '../../../gateways/store/conversations/verify/turns.js';

/** Between these times, in milliseconds since 1970, a record may have arrived at the source unseen by the import. */
export interface NewSince {
  readonly from: number;
  readonly to: number;
}

/** The clocks of writers may be ahead of ours. */
const A_DAY = 86_400_000;

/** The times that make a record `new`: since the import began to read. Nothing is new if that is unknown. */
export function newSince(importBegan: Date | undefined, now: number): NewSince {
  return { from: importBegan?.getTime() ?? Number.POSITIVE_INFINITY, to: now + A_DAY };
}

/** `time` is a record's time, or a key that begins with one. An invalid time is not new. */
export function isNew(time: unknown, { from, to }: NewSince): boolean {
  const stamp = typeof time === 'string' ? timestampOf(timeInKey(time)) : undefined;
  if (stamp === undefined) return false;
  const at = Number(stamp.micros) / 1000;
  return at >= from && at <= to;
}

/** The result of comparing a page, committed with the page's cursor. */
export class Verdict<Read> {
  tally: Tally = NOTHING;
  readonly marks: Mark[] = [];
  /** Store ids of messages that are held as they were read. */
  readonly shown: string[] = [];
  readonly findings: Finding[] = [];
  /** To import again in a repair. */
  readonly rows: Read[] = [];
  readonly records: QuarantinedRecord[] = [];
  /** Store ids that a repair removes from quarantine and the superseded copies, because their records become rows or are recorded anew. */
  readonly release = { quarantined: [] as string[], superseded: [] as string[] };
  /** What another brand holds: thread ids of Conversations, and store ids of messages. */
  readonly moved = { threads: new Set<string>(), messages: [] as string[] };

  mark(kind: MarkKind, key: string): Mark {
    const mark: Mark = { kind, key };
    this.marks.push(mark);
    return mark;
  }

  /** Marks for the turn of the brand that holds what this brand's source has shown. */
  markMoved(brandId: string, kind: 'moved-thread' | 'moved-message', key: string): void {
    this.marks.push({ kind, key, brandId });
  }

  /** Marks what other brands keep of these records. */
  markKeptElsewhere(kept: readonly KeptRecord[]): void {
    for (const { kind, id, brandId } of kept.flatMap(({ elsewhere }) => elsewhere))
      this.marks.push({ kind: `moved-${kind}`, key: id, brandId });
  }

  name(
    table: ComparedTable,
    difference: Difference,
    id: string | null,
    key: string | null,
    fields: readonly string[] = [],
  ): void {
    this.findings.push({ table, difference, id, key, fields });
  }

  /** Counts a record that is held as a row or a superseded copy. `by` is the mark of what it shows of the store. */
  took(digest: bigint, parts = 0, partsDigest = 0n, by?: Mark): void {
    this.#count({ ...NOTHING, read: 1, taken: 1, digest, parts, partsDigest }, by);
  }

  refused(by?: Mark): void {
    this.#count({ ...NOTHING, read: 1, quarantined: 1 }, by);
  }

  #count(added: Tally, by: Mark | undefined): void {
    this.tally = plus(this.tally, added);
    if (by) by.counted = added;
  }

  /** Releases what is kept of the record, for a repair. */
  releaseKept({ quarantined, superseded }: KeptRecord): void {
    if (quarantined) {
      this.mark('quarantined', quarantined.id);
      this.release.quarantined.push(quarantined.id);
    }
    if (superseded) {
      this.mark('superseded', superseded.id);
      this.release.superseded.push(superseded.id);
    }
  }
}

/** The table in which another brand keeps the record. */
export const KEPT_IN = {
  quarantined: 'quarantined_records',
  superseded: 'superseded_copies',
} as const satisfies Record<KeptElsewhere['kind'], ComparedTable>;

/**
 * A record that cannot be taken must be in quarantine with its current contents, or a superseded copy beside another copy that was taken or is
 * quarantined for it. Returns false when it is neither.
 */
export function judgeKept(verdict: Verdict<unknown>, record: QuarantinedRecord, kept: KeptRecord): boolean {
  if (kept.quarantined) {
    verdict.refused(verdict.mark('quarantined', kept.quarantined.id));
    if (kept.quarantined.fields.length > 0) {
      verdict.name(
        'quarantined_records',
        'different',
        record.sourceId,
        record.sourceKey,
        kept.quarantined.fields,
      );
      verdict.records.push(record);
      verdict.release.quarantined.push(kept.quarantined.id);
    }
    return true;
  }
  if (!kept.superseded) return false;
  verdict.refused(verdict.mark('superseded', kept.superseded.id));
  return true;
}

/** A record that could be taken on its own but is correctly in quarantine must be held there as it was read. The reason is not compared. */
export function judgeQuarantined<Read>(
  verdict: Verdict<Read>,
  read: Read,
  { id, fields }: NonNullable<KeptRecord['quarantined']>,
  sourceId: string,
  key: string | null,
): void {
  verdict.refused(verdict.mark('quarantined', id));
  const different = fields.filter((field) => field !== 'reason');
  if (different.length === 0) return;
  verdict.name('quarantined_records', 'different', sourceId, key, different);
  verdict.rows.push(read);
  verdict.release.quarantined.push(id);
}
