import type { SourceChannel } from '../../domain/conversations/source-channel.js';
import type { Failure } from '../../domain/failures.js';
import type { PortingStatus } from '../../domain/porting.js';
import type { StoreTransaction } from './connect.js';
import { readChannelMigration } from './migration-columns.js';
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
  /** Its place in the payload. */
  readonly position: number;
  /** It is `ready` or `porting` already: whatever the payload says now, it stays as it is. */
  readonly stands: boolean;
  /** Why it cannot be made. */
  readonly failure: Failure | undefined;
}

/** Makes the rows that are missing, so that an id that is another brand's shows, and tells what can be made. */
export async function judgeChannels(
  tx: StoreTransaction,
  brand: LockedBrand,
  sources: readonly SourceChannel[],
): Promise<readonly JudgedChannel[]> {
  const storable = sources.filter((source) => source.idLost !== true);
  const numbers = storable.flatMap((source) => source.phoneNumber ?? []);
  await lockNumbers(tx, numbers);
  await tx.channel.createMany({
    data: storable.map(({ channelId, type, name }) => ({
      brandId: brand.rowId,
      sourceId: channelId,
      type,
      name,
    })),
    skipDuplicates: true,
  });
  const rows = await tx.channel.findMany({
    where: { sourceId: { in: storable.map((source) => source.channelId) } },
    select: { sourceId: true, brandId: true, migration: true },
  });
  const rowOf = new Map(rows.map((row) => [row.sourceId, row]));
  const taken = await numbersHeldByOthers(tx, brand.accountRowId, numbers);
  return sources.map((source, position) => {
    const row = source.idLost === true ? undefined : rowOf.get(source.channelId);
    const isForeign = row !== undefined && row.brandId !== brand.rowId;
    const status = readChannelMigration(row?.migration)?.status;
    const stands = !isForeign && (status === 'ready' || status === 'porting');
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
      position,
      stands,
      failure: isImpossible ? failureOf(brand, source, mistakes) : undefined,
    };
  });
}

function failureOf(brand: LockedBrand, source: SourceChannel, mistakes: readonly string[]): Failure {
  const which = `Channel ${source.channelId} of brand ${brand.brandId} (account ${brand.accountId})`;
  return { type: 'ChannelImpossible', message: `${which} ${mistakes.join(', and ')}.` };
}

/** A channel that fails holds no number. A row that has the id and is another brand's is not touched. */
export async function writeChannels(
  tx: StoreTransaction,
  brand: LockedBrand,
  judged: readonly JudgedChannel[],
): Promise<void> {
  const columns = judged
    .filter(({ source }) => source.idLost !== true)
    .map(({ source: { channelId, type, name, phoneNumber }, stands, failure }) => ({
      channelId,
      type,
      name,
      stands,
      phoneNumber: failure ? null : phoneNumber,
    }));
  await tx.$executeRaw`
    UPDATE channels AS held SET name = told.name,
      type = CASE WHEN told.stands THEN held.type ELSE told.type END,
      phone_number = CASE WHEN told.stands THEN held.phone_number ELSE told."phoneNumber" END
    FROM jsonb_to_recordset(${JSON.stringify(columns)}::jsonb)
      AS told ("channelId" text, type text, name text, "phoneNumber" text, stands boolean)
    WHERE held.source_id = told."channelId" AND held.brand_id = ${brand.rowId}`;
}

/** A number of the account is ported once: the first channel that asks for it leads. */
export async function openPorts(
  tx: StoreTransaction,
  brand: LockedBrand,
  judged: readonly JudgedChannel[],
): Promise<void> {
  const asking = judged.filter(({ source, stands, failure }) => source.port && !stands && !failure);
  const rows = await tx.channel.findMany({
    where: { brandId: brand.rowId, sourceId: { in: asking.map(({ source }) => source.channelId) } },
    select: { id: true, sourceId: true },
  });
  const rowId = new Map(rows.map((row) => [row.sourceId, row.id]));
  await tx.phonePorting.createMany({
    data: asking.flatMap(({ source: { channelId, phoneNumber } }) => {
      const leader = rowId.get(channelId);
      if (leader === undefined || phoneNumber === null) return [];
      return [{ accountId: brand.accountRowId, channelId: leader, phoneNumber }];
    }),
    skipDuplicates: true,
  });
}

export interface OpenedPort {
  readonly phoneNumber: string;
  readonly status: PortingStatus;
  readonly leaderChannelId: string;
  /** The leader is a channel of this brand. */
  readonly leadsHere: boolean;
}

/** The account's ports that the brand's channels lead or follow, ended ones too. */
export async function portsOf(tx: StoreTransaction, brand: LockedBrand): Promise<readonly OpenedPort[]> {
  const channels = await tx.channel.findMany({
    where: { brandId: brand.rowId },
    select: { phoneNumber: true },
  });
  const numbers = channels.flatMap(({ phoneNumber }) => phoneNumber ?? []);
  const rows = await tx.phonePorting.findMany({
    where: {
      accountId: brand.accountRowId,
      OR: [{ channel: { brandId: brand.rowId } }, { phoneNumber: { in: numbers } }],
    },
    include: { channel: { select: { sourceId: true, brandId: true, phoneNumber: true } } },
    orderBy: { id: 'asc' },
  });
  return rows.map(({ phoneNumber, status, channel }) => ({
    phoneNumber,
    status: status as PortingStatus,
    leaderChannelId: channel.sourceId,
    // A leader that was given another number since leads that one alone.
    leadsHere: channel.brandId === brand.rowId && channel.phoneNumber === phoneNumber,
  }));
}
