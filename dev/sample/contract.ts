import { Type, type Static } from 'typebox';

/**
 * The data that Conversations exposes, as its contract defines it. The sample side has its own copy, so that a mistake in the product's
 * reading of the contract cannot hide behind a shared definition.
 */

const strict = { additionalProperties: false } as const;

/** ISO 8601 with milliseconds in UTC, the only form in which Conversations writes a time. */
const Instant = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' });
const Id = Type.String({ minLength: 1 });

export const ChannelType = Type.Union([
  Type.Literal('sms'),
  Type.Literal('voice'),
  Type.Literal('email'),
  Type.Literal('chat'),
  Type.Literal('social'),
]);

export const Channel = Type.Object(
  {
    channel_id: Id,
    type: ChannelType,
    name: Type.String(),
    phone_number: Type.Union([Type.String({ pattern: '^\\+[1-9]\\d{6,14}$' }), Type.Null()]),
    port_phone_number: Type.Boolean(),
  },
  strict,
);

export const Brand = Type.Object(
  { brand_id: Id, name: Type.String(), website_url: Type.String(), channels: Type.Array(Channel) },
  strict,
);

export const MigrationPayload = Type.Object(
  {
    account: Type.Object(
      {
        account_id: Id,
        name: Type.String(),
        email: Type.String(),
        locale: Type.String(),
        created_at: Instant,
      },
      strict,
    ),
    brands: Type.Array(Brand),
    messages: Type.Union([
      Type.Object({ kind: Type.Literal('dynamodb') }, strict),
      Type.Object({ kind: Type.Literal('s3'), bucket: Type.String(), prefix: Type.String() }, strict),
    ]),
  },
  strict,
);

export const ThreadItem = Type.Object(
  {
    brand_id: Id,
    thread_id: Id,
    account_id: Id,
    channel_id: Id,
    kind: Type.Union([
      Type.Literal('sms'),
      Type.Literal('void'),
      Type.Literal('email'),
      Type.Literal('chat'),
      Type.Literal('social'),
    ]),
    c1: Type.String({ minLength: 1 }),
    c2: Type.String({ minLength: 1 }),
    c2_name: Type.Optional(Type.String()),
    status: Type.Union([Type.Literal('open'), Type.Literal('closed'), Type.Literal('archived')]),
    created_at: Instant,
    last_message_at: Instant,
  },
  strict,
);

export const Attachment = Type.Object(
  {
    attachment_id: Id,
    url: Type.String({ minLength: 1 }),
    content_type: Type.String(),
    file_name: Type.String(),
    size: Type.Integer({ minimum: 0 }),
  },
  strict,
);

export const Telephony = Type.Object(
  {
    call_id: Id,
    duration_seconds: Type.Integer({ minimum: 0 }),
    outcome: Type.String(),
    recording_url: Type.Optional(Type.String()),
  },
  strict,
);

export const MessageItem = Type.Object(
  {
    thread_id: Id,
    message_key: Id,
    message_id: Id,
    brand_id: Id,
    account_id: Id,
    direction: Type.Union([Type.Literal('in'), Type.Literal('out'), Type.Literal('system')]),
    kind: Type.Union([
      Type.Literal('text'),
      Type.Literal('call'),
      Type.Literal('voicemail'),
      Type.Literal('note'),
    ]),
    author: Type.Optional(Type.String()),
    body: Type.Optional(Type.String()),
    sent_at: Instant,
    attachments: Type.Optional(Type.Array(Attachment)),
    telephony: Type.Optional(Telephony),
    metadata: Type.Record(Type.String(), Type.Unknown()),
  },
  strict,
);

export type ChannelType = Static<typeof ChannelType>;
export type Channel = Static<typeof Channel>;
export type Brand = Static<typeof Brand>;
export type MigrationPayload = Static<typeof MigrationPayload>;
export type ThreadItem = Static<typeof ThreadItem>;
export type ThreadKind = ThreadItem['kind'];
export type MessageItem = Static<typeof MessageItem>;
export type Attachment = Static<typeof Attachment>;
export type Telephony = Static<typeof Telephony>;

/** A record as a real table may hold it: anything under any name. */
export type LooseItem = Record<string, unknown>;

/** `GET /accounts/{account_id}` */
export interface SourceAccount {
  account_id: string;
  name: string;
  status: 'active' | 'closed';
}
