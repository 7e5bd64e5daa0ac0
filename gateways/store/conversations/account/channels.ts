import type { SourceChannel } from '../../../../domain/conversations/source-channel.js';
import type { Failure } from '../../../../domain/engine/failures/failures.js';
import { isPortingEnded } from '../../../../domain/conversations/porting.js';
import { judgeChannels, openPorts, portsOf, writeChannels } from './channel-rows.js';
import type { JudgedChannel } from './channel-rows.js';
import type { Store } from '../../sql/connect.js';
import { transaction } from '../../sql/transaction.js';
import type { Transaction } from '../../sql/transaction.js';
import { followPorts, leadChannel, noteFailedPorts } from './porting-channels.js';
import type { BrandDraft, ChannelDraft, StatusContext, StatusDraft } from '../status/status-draft.js';
import { changeStatuses, lockAccount } from '../status/status-writer.js';
import { failBrand } from '../status/status-changes.js';
import { without } from '../status/failures/unresolved.js';

export interface ProvisionedBrand {
  /** Channels of the brand that lead an open port. */
  readonly portingChannelIds: readonly string[];
  /** One for each channel that could not be created. */
  readonly failures: readonly Failure[];
}

export interface BrandIds {
  readonly accountId: string;
  readonly brandId: string;
}

/**
 * Creates or updates the brand's channels. A channel that cannot be created fails without affecting the others.
 *
 * 1. Lock the account, so that nobody else changes its channels, and all numbers concerned.
 * 2. Create missing rows and judge each channel.
 * 3. Update the channels, except those that are `ready` or `porting`.
 * 4. Create one row for each number to port; all channels of the number follow it.
 * 5. Change the statuses of the channels, and of the brand if one failed.
 *
 * Idempotent: a second call does what is missing. Undefined if the account has no such brand. Throws StoreUnavailable.
 */
export async function provisionChannels(
  store: Store,
  ids: BrandIds,
  sources: readonly SourceChannel[],
  context?: StatusContext,
): Promise<ProvisionedBrand | undefined> {
  return transaction(store.control, 'provision-channels', async (tx) => {
    const brand = await lockBrand(tx, ids);
    if (!brand) return undefined;
    const judged = await judgeChannels(tx, brand, sources);
    await writeChannels(tx, judged);
    await openPorts(tx, brand, judged);
    const ports = await portsOf(tx, brand);
    await changeStatuses(
      tx,
      ids.accountId,
      (draft) => {
        const found = draft.brand(ids.brandId);
        if (!found) return;
        withdrawUnnamed(draft, found, judged);
        settleChannels(draft, found, judged);
        followPorts(draft, new Map(ports.map((port) => [port.phoneNumber, port])));
        settleBrand(draft, found, judged);
      },
      context,
      { brandId: ids.brandId },
    );
    return {
      portingChannelIds: ports
        .filter((port) => port.leadsHere && !isPortingEnded(port.status))
        .map((port) => port.leaderChannelId),
      failures: judged.flatMap(({ failure }) => failure ?? []),
    };
  });
}

async function lockBrand(
  tx: Transaction,
  ids: BrandIds,
): Promise<(BrandIds & { accountRowId: bigint; rowId: bigint }) | undefined> {
  const accountRowId = await lockAccount(tx, ids.accountId);
  const [row] = await tx.rows<{ id: bigint; accountId: bigint }>`
    SELECT id, account_id AS "accountId" FROM brands WHERE source_id = ${ids.brandId}`;
  if (accountRowId === undefined || row?.accountId !== accountRowId) return undefined;
  return { ...ids, accountRowId, rowId: row.id };
}

/** Withdraws channels that the payload no longer names and that were never created. */
function withdrawUnnamed(draft: StatusDraft, brand: BrandDraft, judged: readonly JudgedChannel[]): void {
  const named = new Set(judged.map(({ source }) => source.channelId));
  for (const channel of brand.channels) {
    const status = channel.migration?.status;
    if (named.has(channel.channelId) || status === undefined || status === 'ready' || status === 'porting')
      continue;
    draft.patchChannel(channel, { withdrawn: true });
  }
}

function settleChannels(draft: StatusDraft, brand: BrandDraft, judged: readonly JudgedChannel[]): void {
  const channels = new Map(brand.channels.map((channel) => [channel.channelId, channel]));
  const made = new Map<string, undefined>();
  for (const one of judged) {
    const channel = one.source.idLost === true ? undefined : channels.get(one.source.channelId);
    if (channel && settleChannel(draft, brand, channel, one)) made.set(channel.channelId, undefined);
  }
  noteFailedPorts(draft, brand, made);
}

/** True if the channel is created anew or fails, which clears the record of an earlier port. */
function settleChannel(
  draft: StatusDraft,
  brand: BrandDraft,
  channel: ChannelDraft,
  { source, position, stands, failure }: JudgedChannel,
): boolean {
  draft.patchChannel(channel, { position, withdrawn: undefined });
  if (stands) return false;
  const port = source.port && !failure;
  draft.patchChannel(channel, { port });
  // A channel that failed by its port stays failed until the port changes; `followPorts` decides.
  if (port && brand.migration?.failedPorts?.[source.channelId]) return false;
  leadChannel(draft, channel, 'migrating');
  if (failure) draft.setChannel(channel, 'failure', failure);
  else if (!port) draft.setChannel(channel, 'ready');
  return true;
}

function settleBrand(draft: StatusDraft, brand: BrandDraft, judged: readonly JudgedChannel[]): void {
  const [first, ...others] = judged.flatMap(({ failure }) => failure ?? []);
  if (!first) {
    draft.patchBrand(brand, { unresolved: without(brand.migration?.unresolved, ['brand']) });
    const failed = brand.migration?.status === 'channel-failure';
    if (failed && draft.steering.started) draft.setBrand(brand, 'migrating');
    return;
  }
  const more =
    others.length > 0 ? ` ${others.length} more channels cannot be created; each has its own reason.` : '';
  // The next try must read corrections made meanwhile.
  draft.patchBrand(brand, { source: undefined });
  failBrand(draft, brand, 'channels', { type: first.type, message: `${first.message}${more}` });
}
