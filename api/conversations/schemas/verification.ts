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
        '`missing`: only the source has it; `extra`: only the store has it; `different`: the two are not equal; ' +
        '`new`: it was added to the source after the import began, which is not a fault.',
    }),
    count: Count,
    samples: Type.Array(
      Named('DifferenceSample', {
        id: Or(Type.String(), { description: "The record's id in Conversations." }),
        key: Or(Type.String(), { description: "The record's key, or the message of an attachment." }),
        fields: Type.Array(Type.String(), {
          description: 'Names of the fields that differ; never contents.',
        }),
      }),
      { description: 'Up to ten, with the smallest ids.' },
    ),
  }),
);

const Side = Named('VerifiedSide', {
  messages: Type.Integer({
    minimum: 0,
    description: 'Message records, including copies and quarantined ones.',
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
    repair: Type.Boolean({ description: 'Whether missing and different records are imported again.' }),
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
          description: '`not-imported`: its import has not read everything, so it was not compared.',
        }),
        pass: Type.Integer({
          minimum: 1,
          maximum: 2,
          description: '2 is the comparison after a repair.',
        }),
        progress: Or(
          Named('VerificationProgress', {
            read: Count,
            planned: Type.Integer({ minimum: 0, description: 'The number that the import has read.' }),
            rate_per_second: Or(Type.Number()),
            seconds_left: Or(Type.Integer(), {
              description: 'Null while there is no rate, and once `read` has reached `planned`.',
            }),
          }),
          { description: 'Compared records and their estimated number; null once the brand is done.' },
        ),
        compared: Or(Named('VerifiedSides', { source: Side, store: Side })),
        differences: Differences,
        repaired: Type.Array(Differences.items, {
          description: 'The differences that the first pass of a repair found, and imported again.',
        }),
      }),
    ),
  },
  { description: 'The record-by-record comparison of the source, read again, with the store.' },
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
