import { Type } from 'typebox';
import { Named } from './common.js';

const Base64 = Type.String({ pattern: '^[A-Za-z0-9+/_-]*={0,2}$', description: 'Base64.' });

/** Temporal's message of that name as JSON, without its fields for externally stored data. */
export const Payloads = Named(
  'Payloads',
  {
    payloads: Type.Array(
      Named('Payload', {
        metadata: Type.Optional(Type.Record(Type.String(), Base64)),
        data: Type.Optional(Base64),
      }),
      { maxItems: 10_000 },
    ),
  },
  {
    description: 'temporal.api.common.v1.Payloads',
    examples: [{ payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'ImEi' }] }],
  },
);
