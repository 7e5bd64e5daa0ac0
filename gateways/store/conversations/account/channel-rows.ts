import type { SourceChannel } from '../../../../domain/conversations/source-channel.js';
import type { Failure } from '../../../../domain/engine/failures.js';
import type { PortingStatus } from '../../../../domain/conversations/porting.js';
import type { Transaction } from '../../sql/transaction.js';
import { lockNumbers, numbersHeldByOthers } from './phone-numbers.js';

/** A brand whose account's row is locked. */
export interface LockedBrand {
  readonly accountId: string;
  readonly accountRowId: bigint;
  readonly brandId: string;
  readonly rowId: bigint;
}

export interface JudgedChannel {
  readonly source: SourceChannel;
  /** Undefined where its id is lost, or a channel of another brand has it. */
  readonly rowId: bigint | undefined;
  /** Its place in the payload. */
  readonly position: number;
  /** It is `ready` or `porting` already: whatever the payload says now, it stays as it is. */
  readonly stands: boolean;
  /** Why it cannot be made. */
  readonly failure: Failure | undefined;
}

/** Makes the rows that are missing, so that an id that is another brand's shows, and tells what can be made. */
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
    const mistakes = [
      ...source.mistakes,
      ...(isForeign ? ['has an id that is a channel of another brand here'] : []),
      ...(source.phoneNumber !== null && taken.has(source.phoneNumber)
        ? ['has a phone number that another account holds']
        : []),
    ];
    const isImpossible = mistakes.length > 0 && !stands;
    return {
      source,
      rowId: isForeign ? undefined : row?.id,
      position,
      stands,
      failure: isImpossible ? failureOf(brand, source, mistakes) : undefined,
    };
  });
}

interface ChannelRow {
  readonly id: bigint;
  readonly sourceId: string;
  readonly brandId: bigint;
  readonly status: string | null;
}

/** In the payload's order. Told as one value: a statement with thousands of parameters takes Prisma longer to build than PostgreSQL to run. */
async function makeRows(
  tx: Transaction,
  brand: LockedBrand,
  sources: readonly SourceChannel[],
): Promise<ReadonlyMap<string, ChannelRow>> {
  const told = sources.map(({ channelId, type, name }, place) => ({ place, channelId, type, name }));
  await tx.run`
    INSERT INTO channels (brand_id, source_id, type, name)
    SELECT ${brand.rowId}, told."channelId", told.type, told.name
    FROM jsonb_to_recordset(${JSON.stringify(told)}::jsonb) AS told (place int, "channelId" text, type text, name text)
    ORDER BY told.place
    ON CONFLICT DO NOTHING`;
  const rows = await tx.rows<ChannelRow>`
    SELECT id, source_id AS "sourceId", brand_id AS "brandId", migration ->> 'status' AS status
    FROM channels WHERE source_id = ANY(${sources.map(({ channelId }) => channelId)})`;
  return new Map(rows.map((row) => [row.sourceId, row]));
}

function failureOf(brand: LockedBrand, source: SourceChannel, mistakes: readonly string[]): Failure {
  const which = `Channel ${source.channelId} of brand ${brand.brandId} (account ${brand.accountId})`;
  return { type: 'ChannelImpossible', message: `${which} ${mistakes.join(', and ')}.` };
}

/** A channel that fails holds no number. A row that has the id and is another brand's is not touched, nor one that is so already. */
export async function writeChannels(tx: Transaction, judged: readonly JudgedChannel[]): Promise<void> {
  const told = judged.flatMap(({ source: { type, name, phoneNumber }, rowId, stands, failure }) =>
    rowId === undefined
      ? []
      : [{ id: String(rowId), type, name, stands, phoneNumber: failure ? null : phoneNumber }],
  );
  await tx.run`
    UPDATE channels AS held SET name = told.name,
      type = CASE WHEN told.stands THEN held.type ELSE told.type END,
      phone_number = CASE WHEN told.stands THEN held.phone_number ELSE told."phoneNumber" END
    FROM jsonb_to_recordset(${JSON.stringify(told)}::jsonb)
      AS told (id bigint, type text, name text, "phoneNumber" text, stands boolean)
    WHERE held.id = told.id
      AND (held.name IS DISTINCT FROM told.name
        OR (NOT told.stands AND (held.type, held.phone_number) IS DISTINCT FROM (told.type, told."phoneNumber")))`;
}

/** A number of the account is ported once: the first channel that asks for it leads. */
export async function openPorts(
  tx: Transaction,
  brand: LockedBrand,
  judged: readonly JudgedChannel[],
): Promise<void> {
  const told = judged.flatMap(({ source: { port, phoneNumber }, rowId, position, stands, failure }) =>
    port && !stands && !failure && rowId !== undefined && phoneNumber !== null
      ? [{ place: position, channel: String(rowId), number: phoneNumber }]
      : [],
  );
  await tx.run`
    INSERT INTO phone_portings (account_id, channel_id, phone_number)
    SELECT ${brand.accountRowId}, told.channel, told.number
    FROM jsonb_to_recordset(${JSON.stringify(told)}::jsonb) AS told (place int, channel bigint, number text)
    ORDER BY told.place
    ON CONFLICT DO NOTHING`;
}

export interface OpenedPort {
  readonly phoneNumber: string;
  readonly status: PortingStatus;
  readonly leaderChannelId: string;
  /** The leader is a channel of this brand. */
  readonly leadsHere: boolean;
}

/** The account's ports that the brand's channels lead or follow, ended ones too. */
export async function portsOf(tx: Transaction, brand: LockedBrand): Promise<readonly OpenedPort[]> {
  const channels = await tx.rows<{ id: bigint; phoneNumber: string | null }>`
    SELECT id, phone_number AS "phoneNumber" FROM channels WHERE brand_id = ${brand.rowId}`;
  const numbers = channels.flatMap(({ phoneNumber }) => phoneNumber ?? []);
  // A leader that was given another number since leads that one alone.
  return await tx.rows<OpenedPort>`
    SELECT p.phone_number AS "phoneNumber", p.status, leader.source_id AS "leaderChannelId",
      leader.brand_id = ${brand.rowId} AND leader.phone_number IS NOT DISTINCT FROM p.phone_number AS "leadsHere"
    FROM phone_portings p JOIN channels leader ON leader.id = p.channel_id
    WHERE p.account_id = ${brand.accountRowId}
      AND (p.channel_id = ANY(${channels.map(({ id }) => id)}) OR p.phone_number = ANY(${numbers}))
    ORDER BY p.id`;
}
