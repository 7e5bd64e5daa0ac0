import { type Static, Type } from 'typebox';
import { CARRIER_STATUSES } from '../../../domain/conversations/porting.js';
import { StorableText, oneOf } from '../../schemas/common.js';

const Id = StorableText({ maxLength: 1024 });

/** The carrier owns this format, so additional fields are ignored. */
export const CallbackBody = Type.Object(
  {
    type: Type.Literal('port_order.updated'),
    timestamp: Type.String({
      pattern:
        '^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})$',
      description:
        'ISO 8601 with a zone. Of several callbacks the one with the latest timestamp decides the state.',
    }),
    data: Type.Object(
      {
        port_order_id: Id,
        channel_id: Id,
        phone_number: StorableText({ maxLength: 64 }),
        status: oneOf(CARRIER_STATUSES),
        reason: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      },
      { title: 'PortOrderNews' },
    ),
  },
  {
    title: 'PortingCallback',
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
  'webhook-id': Type.Optional(Type.String({ description: 'A redelivery has the same id.' })),
  'webhook-timestamp': Type.Optional(
    Type.String({ description: 'Seconds since 1970, at most 5 minutes off.' }),
  ),
  'webhook-signature': Type.Optional(
    Type.String({
      description: '`v1,<base64 HMAC-SHA256 of "id.timestamp.body">`, several separated by spaces.',
    }),
  ),
});
