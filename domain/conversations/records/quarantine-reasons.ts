/** Why records are quarantined, the kind of cause, and what a person can do about it. */

export const ANOTHER_ACCOUNT = 'belongs to another account';
export const HELD_BY_ANOTHER_ACCOUNT = 'message id is held by another account';
/** Of a thread. */
export const HELD_BY_ANOTHER_BRAND = 'thread id is held by another brand';
export const NO_THREAD_RECORD = 'no thread record';
/** Of a message: the root cause is its thread's record, which is in quarantine itself. */
export const THREAD_NOT_TAKEN = 'its thread record cannot be taken';
export const GONE = 'the source no longer has it under this brand';
/** How the reason begins for a record that was mapped but could not be written. */
export const REFUSED = 'PostgreSQL refuses';

export const QUARANTINE_CAUSES = [
  'another-account',
  'id-held-by-another-account',
  'no-thread-record',
  'thread-not-taken',
  'gone-from-source',
  'refused-by-store',
  'no-date',
  'wrong-type',
  'missing',
  'unknown-word',
  'too-long',
  'malformed',
] as const;
export type QuarantineCause = (typeof QUARANTINE_CAUSES)[number];

interface Advice {
  readonly cause: QuarantineCause;
  readonly nextStep: string;
  /** What a person does after the next step: usually retry; waive what cannot be corrected. */
  readonly fix: 'retry' | 'waive';
}

/** The advice for a record, by its reason or by that of the thread it waits for. */
export function adviceFor(table: string, reason: string): Advice {
  const whole = ADVICE_FOR_REASONS[reason];
  if (whole) return whole;
  if (reason.startsWith(REFUSED)) return REFUSED_ADVICE;
  const [, attribute, problem = ''] = /^attribute "([^"]+)" (.+)$/s.exec(reason) ?? [];
  if (attribute === undefined) return MALFORMED_ADVICE;
  return attributeAdvice(table === 'threads' ? 'thread' : 'message', attribute, problem);
}

const ADVICE_FOR_REASONS: Readonly<Record<string, Advice>> = {
  [ANOTHER_ACCOUNT]: {
    cause: 'another-account',
    nextStep:
      'The record is stored under this brand but names another account. If that is wrong, correct its account_id in Conversations and retry. If it belongs to the other account, waive it here.',
    fix: 'waive',
  },
  [HELD_BY_ANOTHER_ACCOUNT]: {
    cause: 'id-held-by-another-account',
    nextStep:
      'Another account has a message with this id. Find the owner in Conversations: give one of the messages another id and retry, or waive this one.',
    fix: 'waive',
  },
  [NO_THREAD_RECORD]: {
    cause: 'no-thread-record',
    nextStep:
      'Conversations has messages of this thread but no thread record. Restore the thread record and retry. If the thread was deleted on purpose, waive the messages.',
    fix: 'retry',
  },
  [THREAD_NOT_TAKEN]: {
    cause: 'thread-not-taken',
    nextStep: 'Its thread was refused and has left quarantine since. Retry.',
    fix: 'retry',
  },
  [GONE]: {
    cause: 'gone-from-source',
    nextStep: 'Conversations no longer has the record, so there is nothing to correct. Waive it.',
    fix: 'waive',
  },
};

const REFUSED_ADVICE: Advice = {
  cause: 'refused-by-store',
  nextStep:
    'PostgreSQL refuses the record; the reason contains its error code. Inspect the record with "quarantine show", shorten what is oversized or broken in Conversations, then retry.',
  fix: 'retry',
};

const MALFORMED_ADVICE: Advice = {
  cause: 'malformed',
  nextStep:
    'The record does not have the form that Conversations writes. Inspect it with "quarantine show", write it again in Conversations, then retry.',
  fix: 'retry',
};

function attributeAdvice(record: 'thread' | 'message', attribute: string, problem: string): Advice {
  const with_ = record === 'thread' ? '; its messages come with it' : '';
  const corrected = (cause: QuarantineCause, correction: string): Advice => ({
    cause,
    nextStep: `Have ${correction} in the ${record} record in Conversations, then retry${with_}.`,
    fix: 'retry',
  });
  if (attribute === 'sent_at')
    return corrected('no-date', 'attribute "sent_at" set to the time the message was sent (ISO 8601)');
  const [, type] = /^has type \S+, expected (\S+)$/.exec(problem) ?? [];
  if (type !== undefined) return corrected('wrong-type', `attribute "${attribute}" written as type ${type}`);
  if (/^is (missing|empty|blank)$/.test(problem))
    return corrected('missing', `attribute "${attribute}" filled in`);
  const [, words] = /^is none of (.+)$/.exec(problem) ?? [];
  if (words !== undefined)
    return corrected('unknown-word', `attribute "${attribute}" set to one of ${words}`);
  if (problem.startsWith('is longer') || problem.startsWith('is nested'))
    return corrected('too-long', `attribute "${attribute}" made shorter or flatter`);
  return corrected('malformed', `attribute "${attribute}" corrected`);
}
