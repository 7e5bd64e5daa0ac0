import { type Static, Type } from 'typebox';

/**
 * The answers of Conversations. The outer structure must be valid, or the payload is impossible. Within a channel only the id must be valid, so that
 * a mistake fails only that channel, with a reason.
 */

export const CHANNEL_TYPES = ['sms', 'voice', 'email', 'chat', 'social'] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

const Id = Type.String({ minLength: 1, maxLength: 1024 });

export const SourceAccount = Type.Object({
  account_id: Id,
  name: Type.String(),
  status: Type.Union([Type.Literal('active'), Type.Literal('closed')]),
});
export type SourceAccount = Static<typeof SourceAccount>;

export const PayloadChannel = Type.Object({
  channel_id: Type.String({ minLength: 1 }),
  type: Type.Optional(Type.Unknown()),
  name: Type.Optional(Type.Unknown()),
  phone_number: Type.Optional(Type.Unknown()),
  port_phone_number: Type.Optional(Type.Unknown()),
});
export type PayloadChannel = Static<typeof PayloadChannel>;

export const PayloadBrand = Type.Object({
  brand_id: Id,
  name: Type.String(),
  website_url: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  channels: Type.Array(PayloadChannel),
});
export type PayloadBrand = Static<typeof PayloadBrand>;

export const MigrationPayload = Type.Object({
  account: Type.Object({
    account_id: Id,
    name: Type.String(),
    email: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    locale: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    created_at: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  }),
  brands: Type.Array(PayloadBrand),
  messages: Type.Union([
    Type.Object({ kind: Type.Literal('dynamodb') }),
    Type.Object({ kind: Type.Literal('s3'), bucket: Type.String(), prefix: Type.String() }),
  ]),
});
export type MigrationPayload = Static<typeof MigrationPayload>;
