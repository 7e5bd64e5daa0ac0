import { storable } from '../../domain/engine/text.js';
import { isAccountIdTooLong, longestId } from '../../domain/conversations/ids.js';
import { isIdTooLong } from '../../domain/engine/ids.js';
import type { MigrationPayload } from '../../domain/conversations/payload.js';

/**
 * Why a well-formed payload is impossible as a whole, as the rest of a sentence about it; undefined if it is possible. Mistakes within a channel are
 * not included: they fail only that channel.
 */
export function contradictionIn(payload: MigrationPayload): string | undefined {
  const brandIds = payload.brands.map((brand) => brand.brand_id);
  const unstorable = brandIds.findIndex((id) => storable(id) !== id);
  if (unstorable >= 0) return `has an id that cannot be stored, at /brands/${unstorable}/brand_id`;
  if (isAccountIdTooLong(payload.account.account_id))
    return 'has an account id that is too long to name workflows after';
  const limit = longestId(payload.account.account_id);
  const tooLong = brandIds.findIndex((id) => isIdTooLong(id, limit));
  if (tooLong >= 0)
    return `has an id of more than ${limit} bytes, which no workflow can be named after, at /brands/${tooLong}/brand_id`;
  if (sizeOf(brandIds) > ALL_BRANDS_LIMIT)
    return `has ${brandIds.length} brands whose ids together are longer than a workflow can keep: split the account, or shorten the ids`;
  const brandTwice = firstRepeated(brandIds);
  if (brandTwice !== undefined) return `has brand ${brandTwice} twice`;
  const channelTwice = firstRepeated(
    payload.brands.flatMap((brand) => brand.channels.map((channel) => channel.channel_id)),
  );
  return channelTwice === undefined ? undefined : `has channel ${channelTwice} twice`;
}

/**
 * A workflow keeps the id and status of every brand of its account in one payload, which Temporal limits to 2 MB. That fits 20,000 brands with ids of
 * 36 characters.
 */
const ALL_BRANDS_LIMIT = 2_000_000;
const BYTES_BESIDE_ID = 60;

function sizeOf(brandIds: readonly string[]): number {
  return brandIds.reduce((sum, id) => sum + Buffer.byteLength(JSON.stringify(id)) + BYTES_BESIDE_ID, 0);
}

function firstRepeated(ids: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
