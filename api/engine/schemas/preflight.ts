import { Type } from 'typebox';
import { START_OUTCOMES } from '../../../domain/engine/preflight.js';
import { Named, Time, oneOf } from '../../schemas/common.js';

const Count = Type.Integer({ minimum: 0 });
const MaybeText = Type.Union([Type.String(), Type.Null()]);

const ESTIMATE = {
  low: Count,
  high: Type.Union([Count, Type.Null()], { description: 'Null if nothing limits it.' }),
  exact: Type.Boolean({ description: 'Counted, not estimated.' }),
};
const Records = Type.Array(
  Named('PreflightRecords', { stage: Type.String({ examples: ['messages'] }), ...ESTIMATE }),
);
const Range = Named('PreflightRange', {
  from: Type.Number({ minimum: 0 }),
  to: Type.Number({ minimum: 0 }),
});
const MaybeRange = Type.Union([Range, Type.Null()], { description: 'Null if unknown.' });

const FOUND = {
  at: Time,
  name: MaybeText,
  start: Named('PreflightStart', {
    outcome: oneOf(START_OUTCOMES, {
      description:
        '`begins`, `continues` with what is left, `runs` already, `done`: nothing is left, `refused`: it would end at once.',
    }),
    sentence: Type.String(),
    next_step: MaybeText,
  }),
  units: Named('PreflightUnits', {
    total: Type.Integer({ minimum: 0, description: 'Units with work left.' }),
    surveyed: Type.Integer({ minimum: 0, description: 'Of which records were read.' }),
    listed: Type.Array(
      Named('PreflightUnit', {
        unit: Type.String(),
        name: MaybeText,
        status: Type.String(),
        phases: Type.Array(Type.String()),
        records: Type.Union([Records, Type.Null()]),
      }),
      { description: 'The first hundred.' },
    ),
  }),
  parts: Named(
    'PreflightParts',
    {
      total: Count,
      made: Count,
      to_make: Count,
      impossible: Count,
      problems: Type.Array(
        Named('PreflightProblem', {
          unit: Type.String(),
          part: MaybeText,
          reason: Type.String(),
          next_step: Type.String(),
        }),
        { description: 'What cannot be created, and why; the first hundred.' },
      ),
    },
    { description: "Parts of units that are created before records are read: an account's channels." },
  ),
  ports: Named('PreflightPorts', { to_order: Count, open: Count, ended: Count }),
  records: Records,
  bytes: Named('PreflightBytes', ESTIMATE),
  sample: Named('PreflightSample', {
    records: Count,
    bytes: Count,
    pages: Count,
    complete: Type.Boolean({ description: 'The sample is everything that would be read.' }),
    stopped: Type.Union([Type.String(), Type.Null()], { description: 'Why sampling ended early.' }),
  }),
  quarantine: Named('PreflightQuarantine', {
    records: Type.Integer({ minimum: 0, description: 'Of the sample.' }),
    reasons: Type.Array(
      Named('PreflightReason', {
        table: Type.String(),
        cause: Type.String(),
        reason: Type.String(),
        records: Count,
        next_step: Type.String(),
        examples: Type.Array(Type.String()),
      }),
    ),
  }),
  time: Named('PreflightTime', { seconds: MaybeRange, basis: Type.String() }),
  cost: Named('PreflightCost', {
    dollars: MaybeRange,
    temporal_actions: MaybeRange,
    read_units: MaybeRange,
    basis: Type.String(),
  }),
  unchecked: Type.Array(Type.String(), { description: 'What was not checked, a sentence each.' }),
};

/** What a worker answers. */
export const Found = Type.Object(FOUND);

/** What a start would do, for any kind. */
export const PreflightView = Named(
  'Preflight',
  { kind: Type.String(), key: Type.String(), ...FOUND },
  { description: 'What a start would do.' },
);
