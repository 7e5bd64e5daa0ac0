import { type Static, Type } from 'typebox';
import { CARRIER_STATUSES } from '../../domain/porting.js';
import { oneOf } from './common.js';

const Id = Type.String({ minLength: 1, maxLength: 1024, pattern: '^[^\\u0000\\p{Cs}]+$' });

/** The carrier's, not ours: what it adds to it one day is let pass. */
export const CallbackBody = Type.Object(
  {
    type: Type.Literal('port_order.updated'),
    timestamp: Type.String({
      pattern: '^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?([Zz]|[+-]\\d{2}:?\\d{2})$',
      description: 'Of several callbacks the one with the latest tells the state. ISO 8601 with a zone.',
    }),
    data: Type.Object({
      port_order_id: Id,
      channel_id: Id,
      phone_number: Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\u0000\\p{Cs}]+$' }),
      status: oneOf(CARRIER_STATUSES),
      reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    }),
  },
  {
    examples: [
      {
        type: 'port_order.updated',
        timestamp: '2026-03-01T10:00:00.000Z',
        data: {
          port_order_id: 'po_1',
          channel_id: 'ch_1',
          phone_number: '+15550001111',
          status: 'foc',
          reason: null,
        },
      },
    ],
  },
);
export type CallbackBody = Static<typeof CallbackBody>;

export const CallbackHeaders = Type.Object({
  'webhook-id': Type.Optional(Type.String({ description: 'The same for a redelivery.' })),
  'webhook-timestamp': Type.Optional(
    Type.String({ description: 'Seconds since 1970, at most 5 minutes off.' }),
  ),
  'webhook-signature': Type.Optional(
    Type.String({
      description: '`v1,<base64 HMAC-SHA256 of "id.timestamp.body">`, several separated by spaces.',
    }),
  ),
});
