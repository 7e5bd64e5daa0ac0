import { Webhook } from 'standardwebhooks';
import { fetch } from 'undici';
import type { Clock } from '../../domain/engine/clock.js';
import type { WebhookMessage } from '../../domain/engine/alerts/messages.js';
import { CarryoverError } from '../../domain/engine/failures/failures.js';
import { parseRetryAfter } from '../http/retry-after.js';

export interface SignedWebhookOptions {
  readonly url: string;
  /** `whsec_…`. Each signs, so the receiver may use either while one is being rotated. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
}

/** Posts a message, signed as Standard Webhooks specifies. Throws CarryoverError `ReportsUnavailable`, without the address. */
export type SendSigned = (message: WebhookMessage) => Promise<void>;

const TIMEOUT_MS = 10_000;
/** As Standard Webhooks specifies. */
const SECRET_BYTES = { least: 24, most: 64 };

/** The signers of these secrets. Throws an Error that says what is wrong with one, without the secret. */
export function signersOf(secrets: readonly string[]): readonly Webhook[] {
  return secrets.map((secret, n) => {
    const which = secrets.length === 1 ? 'the secret' : `secret ${n + 1}`;
    const encoded = secret.replace(/^whsec_/, '');
    const bytes = Buffer.from(encoded, 'base64');
    // Libraries differ in what else they take for base64, and would sign with different keys.
    if (bytes.toString('base64') !== encoded) throw new Error(`${which} is not whsec_ and base64.`);
    if (bytes.length < SECRET_BYTES.least || bytes.length > SECRET_BYTES.most)
      throw new Error(
        `${which} has ${bytes.length} bytes, and needs ${SECRET_BYTES.least} to ${SECRET_BYTES.most}: echo whsec_$(openssl rand -base64 32).`,
      );
    return new Webhook(secret);
  });
}

export function signedWebhook({ url, secrets, clock }: SignedWebhookOptions): SendSigned {
  const signers = signersOf(secrets);
  return async ({ id, body }) => {
    const at = new Date(clock.now());
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Carryover',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signers.map((signer) => signer.sign(id, at, body)).join(' '),
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      // A redirect counts as a refusal: the address must be corrected.
      redirect: 'manual',
    }).catch((error: unknown) => {
      throw new CarryoverError('ReportsUnavailable', 'The receiver of the webhook did not answer.', {
        cause: error,
      });
    });
    // The body is not read, so without this the connection would stay open.
    await answer.body?.cancel().catch(() => undefined);
    if (answer.ok) return;
    throw new CarryoverError('ReportsUnavailable', `The receiver of the webhook answered ${answer.status}.`, {
      retryAfterSeconds: parseRetryAfter(answer.headers.get('retry-after') ?? undefined, clock.now()),
    });
  };
}
