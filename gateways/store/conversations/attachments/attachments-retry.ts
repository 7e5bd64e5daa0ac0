import { ATTACHMENT_STATES } from './attachment-states.js';
import type { Transaction } from '../../sql/transaction.js';

/** Selects failed attachments by Conversations' ids; undefined members select all. */
export interface AttachmentChoice {
  readonly brandId?: string | undefined;
  readonly messageId?: string | undefined;
  readonly attachmentId?: string | undefined;
}

const OF_ACCOUNT =
  'brand_id IN (SELECT b.id FROM brands b JOIN accounts a ON a.id = b.account_id WHERE a.source_id = $1)';

const RETRY = `
  UPDATE attachments x SET error = NULL, tries = 0, tried_at = NULL, waiting_since = clock_timestamp()
  FROM brands b
  WHERE b.id = x.brand_id AND x.id IN (
      SELECT id FROM attachments WHERE ${OF_ACCOUNT} AND ${ATTACHMENT_STATES.failed}
      UNION ALL SELECT id FROM attachments WHERE ${OF_ACCOUNT} AND ${ATTACHMENT_STATES.waiting} AND error IS NOT NULL)
    AND (x.tried_at IS NULL OR (x.error ->> 'at')::timestamptz >= x.tried_at)
    AND ($2::text IS NULL OR b.source_id = $2)
    AND ($3::text IS NULL OR x.source_id = $3)
    AND ($4::text IS NULL OR x.message_id = (SELECT m.id FROM messages m WHERE m.source_id = $4))`;

/** Whether the account has the brand, and any attachment, failed or not, that the choice names. True for members that are undefined. */
export async function knowsChoice(
  tx: Transaction,
  accountId: string,
  { brandId, messageId, attachmentId }: AttachmentChoice,
): Promise<{ readonly brand: boolean; readonly attachment: boolean }> {
  const [known] = await tx.rows<{ brand: boolean; attachment: boolean }>`
    SELECT
      ${brandId ?? null}::text IS NULL OR EXISTS (
        SELECT 1 FROM brands b JOIN accounts a ON a.id = b.account_id
        WHERE a.source_id = ${accountId} AND b.source_id = ${brandId ?? null}) AS brand,
      (${attachmentId ?? null}::text IS NULL AND ${messageId ?? null}::text IS NULL) OR EXISTS (
        SELECT 1 FROM attachments x JOIN brands b ON b.id = x.brand_id JOIN accounts a ON a.id = b.account_id
        WHERE a.source_id = ${accountId} AND (${brandId ?? null}::text IS NULL OR b.source_id = ${brandId ?? null})
          AND (${attachmentId ?? null}::text IS NULL OR x.source_id = ${attachmentId ?? null})
          AND (${messageId ?? null}::text IS NULL
            OR x.message_id = (SELECT m.id FROM messages m WHERE m.source_id = ${messageId ?? null}))) AS attachment`;
  return known ?? { brand: false, attachment: false };
}

/** Resets the account's failed attachments as if they had never been tried, except those being fetched. Returns how many. */
export async function retryFailedAttachments(
  tx: Transaction,
  accountId: string,
  { brandId, messageId, attachmentId }: AttachmentChoice,
): Promise<number> {
  const values = [accountId, brandId ?? null, attachmentId ?? null, messageId ?? null];
  return (await tx.query(RETRY, values)).rowCount ?? 0;
}
