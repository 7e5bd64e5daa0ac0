import type { Phase } from '../../../../domain/conversations/phases.js';
import type { Failure, RecordedFailure } from '../../../../domain/engine/failures/failures.js';
import type { AccountStatus, BrandStatus } from '../../../../domain/conversations/statuses.js';
import type { Transaction } from '../../sql/transaction.js';
import * as changes from './status-changes.js';
import type { BrandDraft, StatusContext, StatusDraft } from './status-draft.js';
import { changeStatuses } from './status-writer.js';
import type { StatusChange } from './status-writer.js';

/**
 * The changes of statuses, by name; `status-changes.ts` explains each. All run in the caller's transaction and may be combined with other writes, all
 * are idempotent, and all return undefined if the store has no such account.
 */

export const recordCancellation = ofAccount(changes.cancel);
export const recordAccountFailure = ofAccount(changes.failAccount);
export const setBrandStatus = ofBrand((draft, brand, status: BrandStatus) => {
  draft.setBrand(brand, status);
});
export const recordBrandFailure = ofBrand((draft, brand, { during, failure }: BrandFailure) => {
  changes.failBrand(draft, brand, during, failure);
});

export interface BrandFailure {
  readonly during: 'channels' | Phase;
  readonly failure: Failure;
}

export interface Start {
  readonly status: AccountStatus;
  /** False when all messages are migrated, so there is nothing to start. */
  readonly begun: boolean;
}

export async function beginStart(
  tx: Transaction,
  accountId: string,
  by: string,
  context?: StatusContext,
): Promise<Start | undefined> {
  let begun = false;
  const change = await changeStatuses(
    tx,
    accountId,
    (draft) => {
      begun = draft.status() !== 'all-messages-migrated';
      if (begun) changes.begin(draft, by);
    },
    context,
  );
  return change && { status: change.status, begun };
}

export interface RefusedStart {
  readonly status: AccountStatus;
  readonly failure: RecordedFailure;
}

/** Also undefined if the start is not refused. */
export async function recordRefusedStart(
  tx: Transaction,
  accountId: string,
  failure: Failure,
  context?: StatusContext,
): Promise<RefusedStart | undefined> {
  let recorded: RecordedFailure | undefined;
  const change = await changeStatuses(
    tx,
    accountId,
    (draft) => {
      if (changes.refuseStart(draft, failure)) recorded = draft.migration?.failure;
    },
    context,
  );
  return change && recorded && { status: change.status, failure: recorded };
}

type Write<Of, Detail> = (
  tx: Transaction,
  of: Of,
  detail: Detail,
  context?: StatusContext,
) => Promise<StatusChange | undefined>;

function ofAccount<Detail>(change: (draft: StatusDraft, detail: Detail) => void): Write<string, Detail> {
  return (tx, accountId, detail, context) =>
    changeStatuses(tx, accountId, (draft) => change(draft, detail), context);
}

interface BrandIds {
  readonly accountId: string;
  readonly brandId: string;
}

/** Ignores brands that the account does not have. */
function ofBrand<Detail>(
  change: (draft: StatusDraft, brand: BrandDraft, detail: Detail) => void,
): Write<BrandIds, Detail> {
  return (tx, { accountId, brandId }, detail, context) =>
    changeStatuses(
      tx,
      accountId,
      (draft) => {
        const brand = draft.brand(brandId);
        if (brand) change(draft, brand, detail);
      },
      context,
      { brandId },
    );
}
