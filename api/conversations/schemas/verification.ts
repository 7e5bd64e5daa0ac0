import { type Static, type TSchema, type TSchemaOptions, Type } from 'typebox';
import { COMPARED_TABLES, DIFFERENCES, VERIFICATION_STATES } from '../../../domain/engine/verification.js';
import { VerificationState } from '../../engine/schemas/verification.js';
import { Named, Time, oneOf } from '../../schemas/common.js';

const Count = Type.Integer({ minimum: 0 });
function Or<Schema extends TSchema>(schema: Schema, options: TSchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

const Differences = Type.Array(
  Named('Difference', {
    table: oneOf(COMPARED_TABLES),
    difference: oneOf(DIFFERENCES, {
      description:
        '`missing`: only the source has it; `extra`: only the store has it; `different`: it is not the same; ' +
        '`new`: it came to the source after the import began, which is no fault.',
    }),
    count: Count,
    samples: Type.Array(
      Named('DifferenceSample', {
        id: Or(Type.String(), { description: "The record's id in Conversations." }),
        key: Or(Type.String(), { description: 'Its key, or the message that an attachment is of.' }),
        fields: Type.Array(Type.String(), { description: 'What differs; never contents.' }),
      }),
      { description: 'Up to ten, those with the smallest ids.' },
    ),
  }),
);

const Side = Named('VerifiedSide', {
  messages: Type.Integer({
    minimum: 0,
    description: 'Message records, copies and quarantined ones included.',
  }),
  messages_digest: Type.String(),
  attachments: Count,
  attachments_digest: Type.String(),
  threads: Type.Integer({ minimum: 0, description: 'Source threads.' }),
  threads_digest: Type.String(),
  quarantined_threads: Count,
});

export const VerificationView = Named(
  'Verification',
  {
    state: oneOf(VERIFICATION_STATES),
    repair: Type.Boolean({ description: 'What was missing or different was imported again.' }),
    asked_by: Type.String({ description: "The token's `sub`." }),
    asked_at: Time,
    ended_at: Or(Time),
    failure: Or(
      Named('VerificationFailure', {
        type: Type.String(),
        message: Type.String(),
        next_step: Type.String(),
      }),
    ),
    brands: Type.Array(
      Named('VerificationBrand', {
        brand_id: Type.String(),
        state: oneOf(['running', 'equal', 'unequal', 'not-imported'], {
          description: '`not-imported`: its import has not read everything, so there was nothing to compare.',
        }),
        pass: Type.Integer({
          minimum: 1,
          maximum: 2,
          description: '2: compared once more after the repair.',
        }),
        progress: Or(
          Named('VerificationProgress', {
            read: Count,
            planned: Type.Integer({ minimum: 0, description: 'As many as the import has read.' }),
            rate_per_second: Or(Type.Number()),
            seconds_left: Or(Type.Integer(), {
              description: 'Null while there is no rate, and once as many are read as the import has read.',
            }),
          }),
          { description: 'Records compared, and about how many there are; null once the brand is done.' },
        ),
        compared: Or(Named('VerifiedSides', { source: Side, store: Side })),
        differences: Differences,
        repaired: Type.Array(Differences.items, {
          description: 'What the first pass of a repair found and imported again.',
        }),
      }),
    ),
  },
  { description: 'The source read again and compared with the store, record by record.' },
);
export type VerificationView = Static<typeof VerificationView>;

export const VerifyStarted = Named(
  'VerifyStarted',
  {
    account_id: Type.String(),
    verification: VerificationState,
  },
  { examples: [{ account_id: 'acc_1', verification: { state: 'running', repair: false } }] },
);
