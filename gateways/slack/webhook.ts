import { fetch } from 'undici';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import type { SlackMessage } from '../../domain/engine/failures/slack-blocks.js';

const TIMEOUT_MS = 10_000;

/**
 * Posts a message to an incoming webhook. Throws CarryoverError `ReportsUnavailable` when Slack does not accept it. No error contains the webhook's
 * address, which is a secret.
 */
export async function postToSlack(webhookUrl: string, message: SlackMessage): Promise<void> {
  const answer = await fetch(webhookUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(message),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'error',
  }).catch((error: unknown) => {
    throw new CarryoverError('ReportsUnavailable', 'Slack did not answer.', { cause: error });
  });
  const said = await answer.text().catch(() => '');
  if (answer.ok) return;
  const retryAfter = Number(answer.headers.get('retry-after'));
  throw new CarryoverError(
    'ReportsUnavailable',
    // Slack's own error code, such as no_service or invalid_blocks.
    `Slack refused the report (${answer.status}${/^[a-z_]{1,60}$/.test(said) ? `, ${said}` : ''}).`,
    Number.isFinite(retryAfter) && retryAfter > 0 ? { retryAfterSeconds: retryAfter } : {},
  );
}
