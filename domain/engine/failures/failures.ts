/**
 * The failure types of migrations. Activities convert errors of client libraries to one of these. Retries, statuses and the operator's next step
 * follow from the type.
 */

interface FailurePolicy {
  /** `transient`: retried after a while. `throttled`: retried after the delay that the other side requests. `final`: a retry cannot succeed. */
  readonly repeat: 'transient' | 'throttled' | 'final';
  /** What the operator should do next. */
  readonly nextStep: string;
}

export const FAILURES = {
  AccountUnknown: {
    repeat: 'final',
    nextStep: 'Check the account id: Conversations has no such account.',
  },
  AccountClosed: {
    repeat: 'final',
    nextStep: 'Reopen the account in Conversations, then start the migration again.',
  },
  PayloadImpossible: {
    repeat: 'final',
    nextStep: 'Have the migration payload corrected in Conversations, then start the migration again.',
  },
  ChannelImpossible: {
    repeat: 'final',
    nextStep:
      'Correct the channel named here in Conversations, then start the migration again: it retries only what is not done.',
  },
  SourceUnavailable: {
    repeat: 'transient',
    nextStep:
      'Conversations or its tables do not answer. Check them, then start the migration again: it continues at its cursor.',
  },
  SourceThrottled: {
    repeat: 'throttled',
    nextStep:
      'The source is busy. Wait or raise its capacity, then start the migration again: it continues at its cursor.',
  },
  SourceRefused: {
    repeat: 'final',
    nextStep:
      "Conversations rejects our token or role. Check CONVERSATIONS_API_TOKEN, CONVERSATIONS_ROLE_ARN and the tables or the dump's bucket, then start again.",
  },
  DumpIncomplete: {
    repeat: 'final',
    nextStep:
      'Add the part of the dump named here (an empty file means that there are no records), then start the migration again.',
  },
  DumpBroken: {
    repeat: 'final',
    nextStep:
      'Have Conversations write the file named here again and replace it, then start the migration again: only new and changed files are read from their beginning.',
  },
  DumpChanged: {
    repeat: 'final',
    nextStep:
      'A dump must not change while it is read. Once it is complete, start the migration again: changed files are read from their beginning.',
  },
  StoreUnavailable: {
    repeat: 'transient',
    nextStep:
      'PostgreSQL does not answer or has no free space. Fix it, then start the migration again: it continues at its cursor.',
  },
  TargetUnavailable: {
    repeat: 'transient',
    nextStep: 'The named database or Redis does not answer. Fix it; the work then continues automatically.',
  },
  LeaseLost: {
    repeat: 'transient',
    nextStep: 'Nothing to do: another attempt has taken over this part of the import.',
  },
  CheckUnequal: {
    repeat: 'final',
    nextStep:
      'The source and the store differ. Run verify with --repair, which imports missing and different records again, then retry.',
  },
  CarrierUnavailable: {
    repeat: 'transient',
    nextStep: 'The carrier does not answer. The call is retried automatically.',
  },
  CarrierThrottled: {
    repeat: 'throttled',
    nextStep: 'The carrier is busy. The call is retried automatically.',
  },
  CarrierRefused: {
    repeat: 'final',
    nextStep: 'Resolve it with the carrier, then order the number again with a retry.',
  },
  CarrierException: {
    repeat: 'final',
    nextStep:
      'Have the carrier fix the order. The port then continues on its own; a retry does not order it again.',
  },
  CarrierRejectsToken: {
    repeat: 'transient',
    nextStep: 'The carrier rejects our token. Check CARRIER_API_TOKEN; the order is retried automatically.',
  },
  AttachmentsUnavailable: {
    repeat: 'transient',
    nextStep: 'Attachments cannot be written. Check ATTACHMENTS_URL and its permissions.',
  },
  ReportsUnavailable: {
    repeat: 'transient',
    nextStep:
      'Slack does not accept reports. Check REPORT_SLACK_WEBHOOK_URL; "carryover report" shows what needs a person.',
  },
  VerificationCancelled: {
    repeat: 'final',
    nextStep: 'Its findings are kept. To verify the account again, start a new verification.',
  },
  Unexpected: {
    repeat: 'transient',
    nextStep: 'Check the stack trace of the workflow in the Temporal Web UI.',
  },
} as const satisfies Record<string, FailurePolicy>;

export type FailureType = keyof typeof FAILURES;

export function isFailureType(text: string): text is FailureType {
  return Object.hasOwn(FAILURES, text);
}

/** A failure as data, from which statuses, retries and the operators' view are derived. Contains no message text, names or numbers. */
export interface Failure {
  readonly type: FailureType;
  /** What happened, and to which account, brand or channel. */
  readonly message: string;
}

/** Thrown by gateways and activities. `withFailures` converts it to an ApplicationFailure. */
export class CarryoverError extends Error implements Failure {
  override readonly name = 'CarryoverError';

  constructor(
    readonly type: FailureType,
    message: string,
    readonly options: { readonly cause?: unknown; readonly retryAfterSeconds?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
}

/** The failure as the store keeps it with a failed status. */
export interface RecordedFailure extends Failure {
  readonly since: string;
  readonly times: number;
  readonly nextStep: string;
}

/** The failure to store, at `now` (ISO 8601). A repeated failure of the same type increases `times` and keeps `since`. */
export function recordFailure(
  failure: Failure,
  previous: RecordedFailure | undefined,
  now: string,
): RecordedFailure {
  const again = previous !== undefined && previous.type === failure.type;
  return {
    type: failure.type,
    message: failure.message,
    since: again ? previous.since : now,
    times: again ? previous.times + 1 : 1,
    nextStep: FAILURES[failure.type].nextStep,
  };
}
