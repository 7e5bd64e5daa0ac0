import { type TProperties, type TStringOptions, Type } from 'typebox';

/** An object that refuses unknown fields. */
export function Strict<Properties extends TProperties>(properties: Properties, options: object = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** A component of the API description, which refers to the schema by this name. */
export function Named<Properties extends TProperties>(
  name: string,
  properties: Properties,
  options: object = {},
) {
  return Strict(properties, { title: name, ...options });
}

/**
 * Text that PostgreSQL can store: without NUL, which the pattern expresses in a form that every language's regular expressions understand, and
 * without lone surrogates, for which there is no such form.
 */
export function StorableText(options: TStringOptions) {
  const text = Type.String({ minLength: 1, pattern: '^[^\\x00]+$', ...options });
  return Type.Refine(
    text,
    (value) => value.isWellFormed(),
    () => 'must be valid Unicode, without lone surrogates',
  );
}

export const AccountId = StorableText({
  maxLength: 1024,
  description: "Conversations' account id.",
  examples: ['acc_1'],
});

/** An id or a key of a record in Conversations' tables; at most two of their keys, joined. */
export const SourceId = StorableText({ maxLength: 4096 });

export const AccountIdParameter = Strict({ account_id: AccountId });
export const AccountIdQuery = Strict({ account_id: AccountId });
export const AccountIdBody = Named('AccountReference', { account_id: AccountId });

export const Time = Type.String({
  format: 'date-time',
  description: 'ISO 8601, UTC.',
  examples: ['2026-03-01T10:00:00.000Z'],
});

export const PageQuery = {
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 2048,
      description: 'The `next_cursor` of the previous page; opaque.',
    }),
  ),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, description: 'The size of a page; default: 50.' }),
  ),
};

export const NextCursor = Type.Union([Type.String(), Type.Null()], {
  description: 'Null on the last page.',
});

export const DEFAULT_LIMIT = 50;

/** One of these words; the type is their union. */
export function oneOf<const Words extends readonly string[]>(words: Words, options: object = {}) {
  return Type.Unsafe<Words[number]>(Type.Enum([...words], { type: 'string', ...options }));
}

export const FailureReason = Named('FailureReason', {
  type: Type.String({ description: 'One of a fixed set of failure types.', examples: ['ChannelImpossible'] }),
  message: Type.String({ description: 'What failed, and why.' }),
  since: Type.String(),
  times: Type.Integer({ minimum: 0 }),
  next_step: Type.String({ description: 'What to do about it.' }),
});
