import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import { plural } from '../engine/words.js';
import type { ApiClient } from '../engine/api-client.js';
import { CommandError, EXIT, print, type Output } from '../engine/terminal.js';

export interface AttachmentsRetry {
  readonly brand?: string;
  readonly message?: string;
  readonly attachment?: string;
  readonly json: boolean;
}

/** Fetches failed attachments again; without a selection all of the account. A second call finds none that failed, and changes nothing. */
export async function attachmentsRetry(
  api: ApiClient,
  accountId: string,
  { brand, message, attachment, json }: AttachmentsRetry,
  out: Output,
): Promise<void> {
  const answer = await api.post<{ attachments: number }>(pathOf(accountId, 'attachments/retry'), {
    ...(brand === undefined ? {} : { brand_id: brand }),
    ...(message === undefined ? {} : { message_id: message }),
    ...(attachment === undefined ? {} : { attachment_id: attachment }),
  });
  if (json) return print(out, JSON.stringify(answer, undefined, 2));
  const { attachments: tried } = answer;
  const words =
    tried === 0
      ? `No selected attachment of ${accountId} has failed; waiting ones are fetched.`
      : `${plural(tried, 'failed attachment')} of ${accountId} ${tried === 1 ? 'is' : 'are'} fetched again.`;
  print(out, words);
}

/** Deletes what the migration created and starts it again. Without `yes` it only says what would be lost. @throws CommandError */
export async function reset(
  api: ApiClient,
  accountId: string,
  { yes: sure, json }: { readonly yes: boolean; readonly json: boolean },
  out: Output,
): Promise<void> {
  if (!sure) {
    throw new CommandError(
      `A reset deletes everything that the migration of ${accountId} created, and starts it again. To confirm, add --yes.`,
      EXIT.usage,
    );
  }
  const answer = await api.post<unknown>('/v2/reset-migration', { account_id: accountId });
  if (json) return print(out, JSON.stringify(answer, undefined, 2));
  print(out, `${accountId} is being reset; its migration then starts again.`);
  print(out, `Watch it with: ${carryoverCommand('watch', accountId)}`);
}

function pathOf(accountId: string, what: string): string {
  return `/v2/migrations/${encodeURIComponent(accountId)}/${what}`;
}
