import { Webhook, WebhookVerificationError } from 'standardwebhooks';

export type SignatureVerdict =
  | {
      readonly holds: true;
      readonly webhookId: string;
      /** When the carrier sent it: milliseconds since 1970, in whole seconds. */
      readonly sentAt: number;
    }
  /** `why` is for logs only; the API answers 401 without a reason. */
  | { readonly holds: false; readonly why: 'headers-missing' | 'time-off' | 'signature-wrong' };

export type SignatureCheck = (
  rawBody: string | Buffer,
  headers: Readonly<Record<string, string | string[] | undefined>>,
) => SignatureVerdict;

/**
 * Verifies callbacks as Standard Webhooks specifies: an HMAC over id, timestamp and raw body, compared in constant time, with a timestamp at most 5
 * minutes off. One matching pair of secret and signature is enough, so either side can be the first to rotate its secret. Throws for an invalid
 * secret.
 */
export function signatureCheck(secrets: readonly string[]): SignatureCheck {
  if (secrets.length === 0) throw new Error('The carrier needs at least one webhook secret.');
  const webhooks = secrets.map((secret) => new Webhook(secret));
  return (rawBody, headers) => {
    const given = single(headers);
    if (!given) return { holds: false, why: 'headers-missing' };
    let why: 'time-off' | 'signature-wrong' = 'signature-wrong';
    for (const webhook of webhooks) {
      try {
        webhook.verify(rawBody, given, { jsonParse: false });
        return {
          holds: true,
          webhookId: given['webhook-id'],
          sentAt: Number(given['webhook-timestamp']) * 1_000,
        };
      } catch (error) {
        if (error instanceof WebhookVerificationError && /timestamp|headers/i.test(error.message))
          why = 'time-off';
      }
    }
    return { holds: false, why };
  };
}

const NAMES = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

/** Rejects a repeated header: it is ambiguous which value was signed. */
function single(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<(typeof NAMES)[number], string> | undefined {
  const [id, timestamp, signature] = NAMES.map((name) => headers[name]);
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string')
    return undefined;
  if (id === '' || signature === '' || !/^\d{1,12}$/.test(timestamp)) return undefined;
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
}
