/** Why records are quarantined, what kind of cause that is, and what a person can do about it. */

export const ANOTHER_ACCOUNT = 'belongs to another account';
export const HELD_BY_ANOTHER_ACCOUNT = 'message id is held by another account';
export const NO_THREAD_RECORD = 'no thread record';
/** Of a message: its thread's own record is in quarantine, and is the root cause. */
export const THREAD_NOT_TAKEN = 'its thread record cannot be taken';
export const GONE = 'the source no longer has it under this brand';
/** How the reason begins of a record that could be mapped and not be written. */
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
  /** What a person does once the next step is taken: most read it again; what cannot be corrected is waived. */
  readonly mend: 'retry' | 'waive';
}

/** What to do about a record, by its reason, or by the reason of the thread that it waits for. */
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
      'The record lies under this brand and names another account. If that is wrong, have its account_id corrected in Conversations and retry; if it rightly belongs to the other account, waive it here.',
    mend: 'waive',
  },
  [HELD_BY_ANOTHER_ACCOUNT]: {
    cause: 'id-held-by-another-account',
    nextStep:
      'Another account has a message with this id. Have Conversations say whose it is: give one of them an id of its own and retry, or waive this one.',
    mend: 'waive',
  },
  [NO_THREAD_RECORD]: {
    cause: 'no-thread-record',
    nextStep:
      'Conversations has messages of a thread without a record of the thread. Have the thread record restored, then retry; if the thread was deleted on purpose, waive them.',
    mend: 'retry',
  },
  [THREAD_NOT_TAKEN]: {
    cause: 'thread-not-taken',
    nextStep: 'Its thread was refused and is not in quarantine any more: retry.',
    mend: 'retry',
  },
  [GONE]: {
    cause: 'gone-from-source',
    nextStep: 'Conversations no longer has the record, so there is nothing to correct or to read: waive it.',
    mend: 'waive',
  },
};

const REFUSED_ADVICE: Advice = {
  cause: 'refused-by-store',
  nextStep:
    'The store refuses the record as a whole; PostgreSQL’s code stands in the reason. Look at it with "quarantine show", have what is oversized or broken shortened in Conversations, then retry.',
  mend: 'retry',
};

const MALFORMED_ADVICE: Advice = {
  cause: 'malformed',
  nextStep:
    'The record is not in the form that Conversations writes. Look at it with "quarantine show", have it written anew in Conversations, then retry.',
  mend: 'retry',
};

function attributeAdvice(record: 'thread' | 'message', attribute: string, problem: string): Advice {
  const with_ = record === 'thread' ? '; its messages come with it' : '';
  const told = (cause: QuarantineCause, correction: string): Advice => ({
    cause,
    nextStep: `Have ${correction} in the ${record} record in Conversations, then retry${with_}.`,
    mend: 'retry',
  });
  if (attribute === 'sent_at')
    return told('no-date', 'attribute "sent_at" set to the time the message was sent (ISO 8601)');
  const [, type] = /^has type \S+, expected (\S+)$/.exec(problem) ?? [];
  if (type !== undefined) return told('wrong-type', `attribute "${attribute}" written as type ${type}`);
  if (/^is (missing|empty|blank)$/.test(problem))
    return told('missing', `attribute "${attribute}" filled in`);
  const [, words] = /^is none of (.+)$/.exec(problem) ?? [];
  if (words !== undefined) return told('unknown-word', `attribute "${attribute}" set to one of ${words}`);
  if (problem.startsWith('is longer') || problem.startsWith('is nested'))
    return told('too-long', `attribute "${attribute}" made shorter or flatter`);
  return told('malformed', `attribute "${attribute}" corrected`);
}
