import { accountStatus } from '../../../../domain/conversations/account-status.js';
import { type Clock, timestamp } from '../../../../domain/engine/clock.js';
import { recordFailure } from '../../../../domain/engine/failures/failures.js';
import type { SteeringState } from '../../../../domain/engine/steering.js';
import type { Failure, RecordedFailure } from '../../../../domain/engine/failures/failures.js';
import {
  BRAND_STATUSES,
  mayBrandBecome,
  mayChannelBecome,
} from '../../../../domain/conversations/statuses.js';
import type { AccountStatus, BrandStatus, ChannelStatus } from '../../../../domain/conversations/statuses.js';
import { systemClock } from '../../../clock.js';
import type { AccountMigration, BrandMigration, ChannelMigration } from './migration-columns.js';
import { unresolvedAfter } from './failures/unresolved.js';

/** Optional dependencies of a status change. */
export interface StatusContext {
  readonly clock?: Pick<Clock, 'now'>;
  /** Logs rejected steps. */
  readonly logger?: { warn(facts: object, message: string): void };
}

/** The number of an account's counted brands in each status. */
export type BrandTally = { readonly [status in BrandStatus]?: number };

export interface BrandDraft {
  readonly rowId: bigint;
  readonly brandId: string;
  migration: BrandMigration | undefined;
  readonly channels: readonly ChannelDraft[];
}

export interface ChannelDraft {
  readonly rowId: bigint;
  readonly channelId: string;
  readonly phoneNumber: string | null;
  migration: ChannelMigration | undefined;
}

const FAILED: ReadonlySet<string> = new Set<BrandStatus | ChannelStatus>([
  'channel-failure',
  'recent-messages-failure',
  'remaining-messages-failure',
  'failure',
]);

/**
 * An account's statuses during a change, under the account's lock. Steps that domain/conversations/statuses.ts does not allow are logged and skipped,
 * never thrown, because they come from a writer that is behind. Setting the same status again changes nothing.
 */
export class StatusDraft {
  private readonly now: string;
  /** Counted brands outside of `brands`, by status. */
  readonly #others: BrandTally;
  readonly #byId: ReadonlyMap<string, BrandDraft>;

  constructor(
    readonly accountId: string,
    readonly rowId: bigint,
    readonly name: string,
    public migration: AccountMigration | undefined,
    /** The requested state. */
    public steering: SteeringState,
    readonly brands: readonly BrandDraft[],
    private readonly context: StatusContext,
    /** If `brands` is a part of the account's: the number of all its brands in each status before the change. */
    tallyBefore?: BrandTally,
  ) {
    this.#byId = new Map(brands.map((brand) => [brand.brandId, brand]));
    this.#others = tallyBefore === undefined ? {} : added(tallyBefore, this.#seen(), -1);
    this.now = timestamp(context.clock ?? systemClock);
  }

  /** The time of the change, ISO 8601. */
  get at(): string {
    return this.now;
  }

  /** Brands that the payload names, which determine the account's status. */
  get counted(): readonly BrandDraft[] {
    return this.brands.filter((brand) => brand.migration !== undefined && brand.migration.withdrawn !== true);
  }

  brand(brandId: string): BrandDraft | undefined {
    return this.#byId.get(brandId);
  }

  channel(channelId: string): ChannelDraft | undefined {
    return this.brands.flatMap((brand) => brand.channels).find((channel) => channel.channelId === channelId);
  }

  patchAccount(patch: Patch<AccountMigration>): void {
    this.migration = patched<AccountMigration>(this.migration ?? { status: 'none' }, patch);
  }

  patchBrand(brand: BrandDraft, patch: Patch<BrandMigration>): void {
    brand.migration = patched<BrandMigration>(brand.migration ?? { status: 'none' }, patch);
  }

  patchChannel(channel: ChannelDraft, patch: Patch<ChannelMigration>): void {
    channel.migration = patched<ChannelMigration>(channel.migration ?? { status: 'none' }, patch);
  }

  /** A failed status requires its failure. True if the brand now has the status. */
  setBrand(brand: BrandDraft, to: BrandStatus, failure?: Failure): boolean {
    const from = brand.migration?.status ?? 'none';
    if (from !== to && !mayBrandBecome(from, to)) return this.refuse({ brandId: brand.brandId, from, to });
    const failures = this.failures(from, to, failure, brand.migration);
    const unresolved = unresolvedAfter(brand.migration, to, failures.failure, this.now);
    this.patchBrand(brand, { status: to, ...failures, unresolved });
    return true;
  }

  setChannel(channel: ChannelDraft, to: ChannelStatus, failure?: Failure): boolean {
    const from = channel.migration?.status ?? 'none';
    if (from !== to && !mayChannelBecome(from, to))
      return this.refuse({ channelId: channel.channelId, from, to });
    this.patchChannel(channel, { status: to, ...this.failures(from, to, failure, channel.migration) });
    return true;
  }

  /** Sets the account's own failure; undefined clears it. */
  setAccountFailure(failure: Failure | undefined): void {
    const current = this.migration?.failure;
    if (failure === undefined) {
      if (current) this.patchAccount({ failure: undefined, lastFailure: current });
      return;
    }
    if (current?.type === failure.type) return;
    const previous = current ?? this.migration?.lastFailure;
    this.patchAccount({ failure: recordFailure(failure, previous, this.now), lastFailure: undefined });
  }

  /** Adds a brand of the payload that belongs to another account here, so it has no row for its status. */
  addForeignBrand(brandId: string, failure: Failure): void {
    const held = this.migration?.foreignBrands;
    if (held && Object.hasOwn(held, brandId)) return;
    this.patchAccount({
      foreignBrands: Object.fromEntries([
        ...Object.entries(held ?? {}),
        [brandId, recordFailure(failure, this.migration?.lastForeignBrands?.[brandId], this.now)],
      ]),
    });
  }

  get foreignBrandIds(): readonly string[] {
    return Object.keys(this.migration?.foreignBrands ?? {});
  }

  /** The number of counted brands in each status. */
  get tally(): BrandTally {
    return added(this.#others, this.#seen(), 1);
  }

  /** The account's status, derived from everything else. */
  status(): AccountStatus {
    return accountStatus(
      [
        ...(Object.keys(this.tally) as BrandStatus[]),
        ...this.foreignBrandIds.map(() => 'channel-failure' as const),
      ],
      { started: this.steering.started, failed: this.migration?.failure !== undefined },
    );
  }

  #seen(): BrandTally {
    const tally: { [status in BrandStatus]?: number } = {};
    for (const { migration } of this.counted) {
      const status = migration?.status ?? 'none';
      tally[status] = (tally[status] ?? 0) + 1;
    }
    return tally;
  }

  private failures(
    from: BrandStatus | ChannelStatus,
    to: BrandStatus | ChannelStatus,
    failure: Failure | undefined,
    held: { readonly failure?: RecordedFailure; readonly lastFailure?: RecordedFailure } | undefined,
  ): { failure: RecordedFailure | undefined; lastFailure: RecordedFailure | undefined } {
    const current = held?.failure;
    if (!FAILED.has(to)) {
      // A new try keeps the previous failure until something was completed.
      const kept = FAILED.has(from) ? current : from === to ? held?.lastFailure : undefined;
      return { failure: undefined, lastFailure: kept };
    }
    // A failure counts once for each start, however often the activity that records it is repeated.
    if (failure === undefined || (from === to && current?.type === failure.type)) {
      const updated = current && failure ? { ...current, message: failure.message } : current;
      return { failure: updated, lastFailure: held?.lastFailure };
    }
    return {
      failure: recordFailure(failure, current ?? held?.lastFailure, this.now),
      lastFailure: undefined,
    };
  }

  private refuse(step: object): false {
    this.context.logger?.warn(
      { accountId: this.accountId, ...step },
      'Skipped a status step that is not allowed',
    );
    return false;
  }
}

/** Omits statuses without brands. */
function added(tally: BrandTally, more: BrandTally, sign: 1 | -1): BrandTally {
  const sums = BRAND_STATUSES.map(
    (status) => [status, (tally[status] ?? 0) + sign * (more[status] ?? 0)] as const,
  );
  return Object.fromEntries(sums.filter(([, sum]) => sum > 0));
}

type Patch<Column> = { [Key in keyof Column]?: Column[Key] | undefined };

/** Returns a new column with the patch applied. Removes undefined members, which JSON lacks. */
function patched<Column extends object>(column: Column, patch: Patch<Column>): Column {
  const merged: Patch<Column> = { ...column, ...patch };
  const next: Patch<Column> = {};
  for (const key of Object.keys(merged) as (keyof Column)[]) {
    if (merged[key] !== undefined) next[key] = merged[key];
  }
  return next as Column;
}
