import { storable } from '../../domain/conversations/text.js';
import type { MigrationPayload } from '../../domain/payload.js';

/**
 * What makes a payload of the right shape impossible as a whole, as the rest of a sentence about it; undefined when nothing
 * does. A channel's own mistakes are not among it: they fail that channel alone.
 */
export function contradictionIn(payload: MigrationPayload): string | undefined {
  const brandIds = payload.brands.map((brand) => brand.brand_id);
  const unstorable = brandIds.findIndex((id) => storable(id) !== id);
  if (unstorable >= 0) return `has an id that cannot be stored, at /brands/${unstorable}/brand_id`;
  const brandTwice = firstRepeated(brandIds);
  if (brandTwice !== undefined) return `has brand ${brandTwice} twice`;
  const channelTwice = firstRepeated(
    payload.brands.flatMap((brand) => brand.channels.map((channel) => channel.channel_id)),
  );
  return channelTwice === undefined ? undefined : `has channel ${channelTwice} twice`;
}

function firstRepeated(ids: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
