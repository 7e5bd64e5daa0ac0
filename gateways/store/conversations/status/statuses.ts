import type { Phase } from '../../../../domain/conversations/phases.js';
import type { Failure, RecordedFailure } from '../../../../domain/engine/failures.js';
import type { AccountStatus, BrandStatus } from '../../../../domain/conversations/statuses.js';
import type { Transaction } from '../../sql/transaction.js';
import * as changes from './status-changes.js';
import type { BrandDraft, StatusContext, StatusDraft } from './status-draft.js';
import { changeStatuses } from './status-writer.js';
import type { StatusChange } from './status-writer.js';

/**
 * What can happen to statuses, by name; what each means is told in `status-changes.ts`. Each runs in the caller's transaction
 * (`transaction` of connect.ts), where it may stand beside other writes; each said again changes nothing; each answers
 * undefined when the store has no such account.
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
  /** False when all messages are migrated: there is nothing to start. */
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

/** Undefined also where the start is not refused after all. */
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

type Write<Of, Told> = (
  tx: Transaction,
  of: Of,
  told: Told,
  context?: StatusContext,
) => Promise<StatusChange | undefined>;

function ofAccount<Told>(change: (draft: StatusDraft, told: Told) => void): Write<string, Told> {
  return (tx, accountId, told, context) =>
    changeStatuses(tx, accountId, (draft) => change(draft, told), context);
}

interface BrandIds {
  readonly accountId: string;
  readonly brandId: string;
}

/** A brand that the account does not have is left out. */
function ofBrand<Told>(
  change: (draft: StatusDraft, brand: BrandDraft, told: Told) => void,
): Write<BrandIds, Told> {
  return (tx, { accountId, brandId }, told, context) =>
    changeStatuses(
      tx,
      accountId,
      (draft) => {
        const brand = draft.brand(brandId);
        if (brand) change(draft, brand, told);
      },
      context,
      { brandId },
    );
}
