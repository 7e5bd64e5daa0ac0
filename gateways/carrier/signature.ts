import { Webhook, WebhookVerificationError } from 'standardwebhooks';

export type SignatureVerdict =
  | {
      readonly holds: true;
      readonly webhookId: string;
      /** The whole second in which the carrier has sent it, milliseconds since 1970. */
      readonly sentAt: number;
    }
  /** For logs; the caller of the API is told no more than 401. */
  | { readonly holds: false; readonly why: 'headers-missing' | 'time-off' | 'signature-wrong' };

export type SignatureCheck = (
  rawBody: string | Buffer,
  headers: Readonly<Record<string, string | string[] | undefined>>,
) => SignatureVerdict;

/**
 * Checks callbacks as Standard Webhooks says: HMAC over id, time and the body as it came, compared in constant time, the time
 * not more than 5 minutes off. Several secrets and several signatures: one that fits is enough, so that either side can
 * change its secret first. Throws for a secret that is none.
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

/** A header that comes twice says two things: none of them is taken. */
function single(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<(typeof NAMES)[number], string> | undefined {
  const [id, timestamp, signature] = NAMES.map((name) => headers[name]);
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string')
    return undefined;
  if (id === '' || signature === '' || !/^\d{1,12}$/.test(timestamp)) return undefined;
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
}
