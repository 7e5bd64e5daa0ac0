import { channelFailure } from '../../../../domain/conversations/source-channel.js';
import type { SourceChannel } from '../../../../domain/conversations/source-channel.js';
import type { Failure } from '../../../../domain/engine/failures/failures.js';
import type { PortFacts } from '../../../../domain/conversations/porting.js';
import type { Transaction } from '../../sql/transaction.js';
import { lockNumbers, numbersHeldByOthers } from './phone-numbers.js';

/** A brand whose account row is locked. */
export interface LockedBrand {
  readonly accountId: string;
  readonly accountRowId: bigint;
  readonly brandId: string;
  readonly rowId: bigint;
}

export interface JudgedChannel {
  readonly source: SourceChannel;
  /** Undefined if the id is lost or belongs to a channel of another brand. */
  readonly rowId: bigint | undefined;
  /** Its position in the payload. */
  readonly position: number;
  /** It is already `ready` or `porting`: the payload cannot change it. */
  readonly stands: boolean;
  /** Why it cannot be created. */
  readonly failure: Failure | undefined;
}

/** Creates missing rows, which reveals ids that belong to other brands, and decides which channels can be created. */
export async function judgeChannels(
  tx: Transaction,
  brand: LockedBrand,
  sources: readonly SourceChannel[],
): Promise<readonly JudgedChannel[]> {
  const storable = sources.filter((source) => source.idLost !== true);
  const numbers = storable.flatMap((source) => source.phoneNumber ?? []);
  await lockNumbers(tx, numbers);
  const rowOf = await makeRows(tx, brand, storable);
  const taken = await numbersHeldByOthers(tx, brand.accountRowId, numbers);
  return sources.map((source, position) => {
    const row = source.idLost === true ? undefined : rowOf.get(source.channelId);
    const isForeign = row !== undefined && row.brandId !== brand.rowId;
    const stands = !isForeign && (row?.status === 'ready' || row?.status === 'porting');
    const isNumberTaken = source.phoneNumber !== null && taken.has(source.phoneNumber);
    return {
      source,
      rowId: isForeign ? undefined : row?.id,
      position,
      stands,
      failure: stands ? undefined : channelFailure(brand, source, { isForeign, isNumberTaken }),
    };
  });
}

interface ChannelRow {
  readonly id: bigint;
  readonly sourceId: string;
  readonly brandId: bigint;
  readonly status: string | null;
}

/** In the payload's order, as one JSON value: a statement with thousands of parameters takes longer to build than to run. */
async function makeRows(
  tx: Transaction,
  brand: LockedBrand,
  sources: readonly SourceChannel[],
): Promise<ReadonlyMap<string, ChannelRow>> {
  const given = sources.map(({ channelId, type, name }, place) => ({ place, channelId, type, name }));
  await tx.run`
    INSERT INTO channels (brand_id, source_id, type, name)
    SELECT ${brand.rowId}, given."channelId", given.type, given.name
    FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS given (place int, "channelId" text, type text, name text)
    ORDER BY given.place
    ON CONFLICT DO NOTHING`;
  const rows = await tx.rows<ChannelRow>`
    SELECT id, source_id AS "sourceId", brand_id AS "brandId", migration ->> 'status' AS status
    FROM channels WHERE source_id = ANY(${sources.map(({ channelId }) => channelId)})`;
  return new Map(rows.map((row) => [row.sourceId, row]));
}

/** A channel that failed holds no number. Rows of other brands, and rows that are already right, are not written. */
export async function writeChannels(tx: Transaction, judged: readonly JudgedChannel[]): Promise<void> {
  const given = judged.flatMap(({ source: { type, name, phoneNumber }, rowId, stands, failure }) =>
    rowId === undefined
      ? []
      : [{ id: String(rowId), type, name, stands, phoneNumber: failure ? null : phoneNumber }],
  );
  await tx.run`
    UPDATE channels AS held SET name = given.name,
      type = CASE WHEN given.stands THEN held.type ELSE given.type END,
      phone_number = CASE WHEN given.stands THEN held.phone_number ELSE given."phoneNumber" END
    FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
      AS given (id bigint, type text, name text, "phoneNumber" text, stands boolean)
    WHERE held.id = given.id
      AND (held.name IS DISTINCT FROM given.name
        OR (NOT given.stands AND (held.type, held.phone_number) IS DISTINCT FROM (given.type, given."phoneNumber")))`;
}

/** Each number of the account is ported once; the first channel that requests it leads the port. */
export async function openPorts(
  tx: Transaction,
  brand: LockedBrand,
  judged: readonly JudgedChannel[],
): Promise<void> {
  const given = judged.flatMap(({ source: { port, phoneNumber }, rowId, position, stands, failure }) =>
    port && !stands && !failure && rowId !== undefined && phoneNumber !== null
      ? [{ place: position, channel: String(rowId), number: phoneNumber }]
      : [],
  );
  await tx.run`
    INSERT INTO phone_portings (account_id, channel_id, phone_number)
    SELECT ${brand.accountRowId}, given.channel, given.number
    FROM jsonb_to_recordset(${JSON.stringify(given)}::jsonb) AS given (place int, channel bigint, number text)
    ORDER BY given.place
    ON CONFLICT DO NOTHING`;
}

export interface OpenedPort extends PortFacts {
  readonly phoneNumber: string;
  readonly leaderChannelId: string;
  /** The leader is a channel of this brand. */
  readonly leadsHere: boolean;
}

/** The account's ports that the brand's channels lead or follow, including ended ones. */
export async function portsOf(tx: Transaction, brand: LockedBrand): Promise<readonly OpenedPort[]> {
  const channels = await tx.rows<{ id: bigint; phoneNumber: string | null }>`
    SELECT id, phone_number AS "phoneNumber" FROM channels WHERE brand_id = ${brand.rowId}`;
  const numbers = channels.flatMap(({ phoneNumber }) => phoneNumber ?? []);
  // A leader that has received another number since leads only the port of that number.
  return await tx.rows<OpenedPort>`
    SELECT p.phone_number AS "phoneNumber", p.status, p.catching_up_since IS NOT NULL AS "isCatchingUp", leader.source_id AS "leaderChannelId",
      leader.brand_id = ${brand.rowId} AND leader.phone_number IS NOT DISTINCT FROM p.phone_number AS "leadsHere"
    FROM phone_portings p JOIN channels leader ON leader.id = p.channel_id
    WHERE p.account_id = ${brand.accountRowId}
      AND (p.channel_id = ANY(${channels.map(({ id }) => id)}) OR p.phone_number = ANY(${numbers}))
    ORDER BY p.id`;
}
