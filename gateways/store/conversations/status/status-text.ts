import type { StatusDraft } from './status-draft.js';

/**
 * The exact answer of check-migration-status: compact JSON with ids in the order of their rows. Not built from an object, which would sort numeric
 * ids first and lose an id called `__proto__`.
 */
export function statusText(draft: StatusDraft): string {
  const brands = draft.brands.filter((brand) => brand.migration?.withdrawn !== true);
  const channels = brands
    .flatMap((brand) => brand.channels)
    .filter((channel) => channel.migration?.withdrawn !== true)
    .toSorted((a, b) => (a.rowId < b.rowId ? -1 : 1));
  const members = brands.map((brand) => member(brand.brandId, brand.migration?.status));
  return (
    `{"status":${JSON.stringify(draft.status())}` +
    `,"brands":{${[...members, ...draft.foreignBrandIds.map((id) => member(id, 'channel-failure'))].join(',')}}` +
    `,"channels":{${channels.map((channel) => member(channel.channelId, channel.migration?.status)).join(',')}}}`
  );
}

/** A member as written in the document. */
export function member(id: string, status: string | undefined): string {
  return `${JSON.stringify(id)}:${JSON.stringify(status ?? 'none')}`;
}
