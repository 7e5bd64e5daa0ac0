import type { StoreTransaction } from './connect.js';

/** Which failed attachments, by Conversations' ids; left out, all. */
export interface AttachmentChoice {
  readonly brandId?: string | undefined;
  readonly messageId?: string | undefined;
  readonly attachmentId?: string | undefined;
}

/** Failed attachments of the account are as if they had never been tried; what is being fetched at this moment stays. Answers how many. */
export async function retryFailedAttachments(
  tx: StoreTransaction,
  accountId: string,
  { brandId, messageId, attachmentId }: AttachmentChoice,
): Promise<number> {
  return tx.$executeRaw`
    UPDATE attachments x SET error = NULL, tries = 0, tried_at = NULL
    FROM brands b JOIN accounts a ON a.id = b.account_id
    WHERE x.brand_id = b.id AND a.source_id = ${accountId} AND x.stored_url IS NULL AND x.error IS NOT NULL
      AND (x.tried_at IS NULL OR (x.error ->> 'at')::timestamptz >= x.tried_at)
      AND (${brandId ?? null}::text IS NULL OR b.source_id = ${brandId ?? null})
      AND (${attachmentId ?? null}::text IS NULL OR x.source_id = ${attachmentId ?? null})
      AND (${messageId ?? null}::text IS NULL
        OR x.message_id = (SELECT m.id FROM messages m WHERE m.source_id = ${messageId ?? null}))`;
}
