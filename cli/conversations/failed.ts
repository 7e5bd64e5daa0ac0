import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { plural } from '../engine/terminal/words.js';
import type { ApiClient } from '../engine/api/client.js';
import type { Printer } from '../engine/terminal/output.js';

export interface AttachmentsRetry {
  readonly brand?: string;
  readonly message?: string;
  readonly attachment?: string;
}

/** Fetches failed attachments again; without a selection all of the account. A second call finds none that failed, and changes nothing. */
export async function attachmentsRetry(
  api: ApiClient,
  accountId: string,
  { brand, message, attachment }: AttachmentsRetry,
  printer: Printer,
): Promise<void> {
  const answer = await api.post<{ attachments: number }>(pathOf(accountId, 'attachments/retry'), {
    ...(brand === undefined ? {} : { brand_id: brand }),
    ...(message === undefined ? {} : { message_id: message }),
    ...(attachment === undefined ? {} : { attachment_id: attachment }),
  });
  const { attachments: tried } = answer;
  const words =
    tried === 0
      ? `No selected attachment of ${accountId} has failed; waiting ones are fetched.`
      : `${plural(tried, 'failed attachment')} of ${accountId} ${tried === 1 ? 'is' : 'are'} fetched again.`;
  await printer.show(answer, () => [words]);
}

/** Deletes what the migration created and starts it again. */
export async function reset(api: ApiClient, accountId: string, printer: Printer): Promise<void> {
  const answer = await api.post<unknown>('/v2/reset-migration', { account_id: accountId });
  await printer.show(answer, () => [
    `${accountId} is being reset; its migration then starts again.`,
    `Watch it with: ${carryoverCommand('watch', accountId)}`,
  ]);
}

function pathOf(accountId: string, what: string): string {
  return `/v2/migrations/${encodeURIComponent(accountId)}/${what}`;
}
