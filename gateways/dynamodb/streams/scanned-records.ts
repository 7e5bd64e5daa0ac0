import type { Hint } from '../../../domain/conversations/following/hints.js';

/** Brands by the bytes of their ids, as `latin1` reads them: a lookup needs no decoding. */
export type BrandIndex = ReadonlyMap<string, string>;

export function brandIndex(brandIds: Iterable<string>): BrandIndex {
  return new Map([...brandIds].map((id) => [bytesOf(id), id]));
}

/** What a scan finds in an answer of GetRecords. */
export interface ScannedRecords {
  readonly count: number;
  /** In the order of the records. A record whose brand changes has one for each followed brand. */
  readonly hints: readonly Hint[];
  /** The last record. `createdAt` is precise to a second; DynamoDB Local's to a minute. */
  readonly last: { readonly sequence: string; readonly createdAt: Date | undefined } | undefined;
  /** The iterator of what follows; undefined at the end of a shard that is closed. */
  readonly next: string | undefined;
}

/** A name with its quotes. */
export const written = (name: string): Buffer => Buffer.from(JSON.stringify(name));

/** A text's bytes, as `latin1` reads them. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
