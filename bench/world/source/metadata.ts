import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unit } from '../../../dev/sample/generator/random.js';
import { bodyOf, pick } from './words.js';

const NESTED_SHARE = 0.25;
/** Of the nested ones, those of some kilobytes. */
const LARGE_SHARE = 0.1;

/** Flat for three quarters of the messages; for the others several levels with lists and numbers, and some kilobytes for a tenth of these. */
export function metadataOf(seed: number, n: number): AttributeValue {
  if (unit(seed, n, 21) >= NESTED_SHARE) return { M: { app: { S: 'web' }, version: { N: '3' } } };
  const events = unit(seed, n, 22) < LARGE_SHARE ? 20 + 30 * unit(seed, n, 23) : 1 + 3 * unit(seed, n, 23);
  return {
    M: {
      app: { S: pick(['web', 'ios', 'android'], unit(seed, n, 24)) },
      version: { N: String(3 + (n % 40) / 100) },
      device: {
        M: {
          model: { S: `model-${n % 200}` },
          locale: { S: pick(['en-US', 'de-DE', 'ja-JP'], unit(seed, n, 25)) },
          screen: { M: { width: { N: '1170' }, height: { N: '2532' }, scale: { N: '3' } } },
        },
      },
      location: {
        M: {
          latitude: { N: degrees(180 * unit(seed, n, 26) - 90) },
          longitude: { N: degrees(360 * unit(seed, n, 27) - 180) },
        },
      },
      labels: { L: [{ S: 'priority' }, { S: `campaign-${n % 50}` }, { N: String(n % 7) }] },
      consent: { BOOL: n % 3 !== 0 },
      campaign: { NULL: true },
      delivery: { L: Array.from({ length: events }, (_, at) => deliveryEvent(seed, n, at)) },
    },
  };
}

/** Without zeros at the end, as DynamoDB answers numbers. */
function degrees(value: number): string {
  return String(Number(value.toFixed(5)));
}

function deliveryEvent(seed: number, n: number, at: number): AttributeValue {
  return {
    M: {
      state: { S: pick(['queued', 'sent', 'delivered', 'read'], unit(seed, n, 28, at)) },
      after_ms: { N: String(Math.floor(60_000 * unit(seed, n, 29, at))) },
      carrier: { M: { name: { S: `carrier-${at % 5}` }, codes: { L: [{ N: '0' }, { N: `${at}` }] } } },
      ...(at % 8 === 7 ? { remark: { S: bodyOf(seed, n + at) } } : {}),
    },
  };
}
