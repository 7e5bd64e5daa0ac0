/**
 * Every failure a migration can meet. Activities translate what client libraries throw into one of these; whether Temporal
 * tries again, which status follows and what the operator is told follow from the type.
 */

interface FailurePolicy {
  /** `transient`: tried again after a while. `throttled`: tried again when the other side says. `final`: no repetition mends it. */
  readonly repeat: 'transient' | 'throttled' | 'final';
  /** The operator's next step. */
  readonly nextStep: string;
}

export const FAILURES = {
  AccountUnknown: {
    repeat: 'final',
    nextStep: 'Check the account id: Conversations does not know it.',
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
      'Correct the channel named here in Conversations, then start the migration again: only what is not done is tried.',
  },
  SourceUnavailable: {
    repeat: 'transient',
    nextStep:
      'Conversations or its tables do not answer. Check them, then start the migration again: it goes on at its cursor.',
  },
  SourceThrottled: {
    repeat: 'throttled',
    nextStep:
      'The source is busy. Wait or raise its capacity, then start the migration again: it goes on at its cursor.',
  },
  SourceRefused: {
    repeat: 'final',
    nextStep:
      "Conversations refuses our token or role. Check CONVERSATIONS_API_TOKEN, CONVERSATIONS_ROLE_ARN and the tables or the dump's bucket, then start again.",
  },
  DumpIncomplete: {
    repeat: 'final',
    nextStep:
      'Put the part of the dump that is named here in its place (a file without lines says that there is nothing), then start the migration again.',
  },
  DumpBroken: {
    repeat: 'final',
    nextStep:
      'Have Conversations write the file named here again, put it in its place, then start the migration again: only files that are new or changed are read from their beginning.',
  },
  DumpChanged: {
    repeat: 'final',
    nextStep:
      'A dump must stay as it is while it is read. Once it is complete, start the migration again: what has changed is read from its beginning.',
  },
  StoreUnavailable: {
    repeat: 'transient',
    nextStep:
      'PostgreSQL does not answer or has no room. Mend it, then start the migration again: it goes on at its cursor.',
  },
  LeaseLost: {
    repeat: 'transient',
    nextStep: 'Nothing: another attempt has taken over this part of the import.',
  },
  CheckUnequal: {
    repeat: 'final',
    nextStep:
      'What the source gave and what the store holds differ. Run verify with --repair, which imports again what is missing or different, then retry.',
  },
  CarrierUnavailable: {
    repeat: 'transient',
    nextStep: 'The carrier does not answer. It is asked again by itself.',
  },
  CarrierThrottled: {
    repeat: 'throttled',
    nextStep: 'The carrier is busy. It is asked again by itself.',
  },
  CarrierRefused: {
    repeat: 'final',
    nextStep: 'Settle it with the carrier, then order the number again with a retry.',
  },
  CarrierException: {
    repeat: 'final',
    nextStep:
      'Have the carrier mend the order. The port then continues on its own; a retry does not order it again.',
  },
  CarrierRejectsToken: {
    repeat: 'transient',
    nextStep: 'The carrier refuses our token. Check CARRIER_API_TOKEN; the order is tried again by itself.',
  },
  AttachmentsUnavailable: {
    repeat: 'transient',
    nextStep: 'The place where attachments go cannot be written. Check ATTACHMENTS_URL and its permissions.',
  },
  ReportsUnavailable: {
    repeat: 'transient',
    nextStep:
      'Slack does not take reports. Check REPORT_SLACK_WEBHOOK_URL; "carryover report" shows what needs a person.',
  },
  VerificationCancelled: {
    repeat: 'final',
    nextStep: 'What it had found stays. Have the account verified again when you like; that begins anew.',
  },
  Unexpected: {
    repeat: 'transient',
    nextStep: 'Look at the workflow in the Temporal Web UI: its stack trace tells more.',
  },
} as const satisfies Record<string, FailurePolicy>;

export type FailureType = keyof typeof FAILURES;

export function isFailureType(text: string): text is FailureType {
  return Object.hasOwn(FAILURES, text);
}

/** A failure as data: what statuses, retries and the operators' view are made from. Contains no message text, names or numbers. */
export interface Failure {
  readonly type: FailureType;
  /** What happened, and to which account, brand or channel. */
  readonly message: string;
}

/** Thrown by gateways and activities; the activities' border turns it into what Temporal understands. */
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

/** The failure as the store keeps it beside a failed status. */
export interface RecordedFailure extends Failure {
  readonly since: string;
  readonly times: number;
  readonly nextStep: string;
}

/** The failure as statuses keep it, since `now` (ISO 8601); of the type that it had before, it is told once more and keeps its beginning. */
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
