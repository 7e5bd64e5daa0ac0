/** What may be said of an error in logs and histories: what happened and where, never what it happened to. */

/** Their messages are written here, or by Temporal about workflows: ids, counts and words. */
const OURS: ReadonlySet<string> = new Set(
  (
    'CarryoverError Problem ConfigurationError PayloadNotReadable ' +
    'ApplicationFailure ActivityFailure ChildWorkflowFailure CancelledFailure TimeoutFailure TerminatedFailure ServerFailure'
  ).split(' '),
);

/** Of the language itself: they speak of variables and types. With a code they are Node's, which quotes the value. */
const OF_THE_LANGUAGE: ReadonlySet<string> = new Set(['TypeError', 'ReferenceError', 'RangeError']);

/**
 * The error in words that quote nothing. Messages of databases, clients and parsers are left out, since they may repeat a row, a number
 * or a text ("Key (phone_number)=(…) already exists", "Unexpected token in …"): their name and code stay.
 */
export function plainWords(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} that is no error`;
  const code = codeOf(error);
  if (OURS.has(error.name)) return error.message;
  if (OF_THE_LANGUAGE.has(error.name) && code === undefined) return `${error.name}: ${error.message}`;
  return code === undefined ? error.name : `${error.name} (${code})`;
}

/** Where an error comes from: the frames of its stack, without the message before them, which may have lines of its own. */
export function framesOf(error: Error): string[] {
  const stack = error.stack ?? '';
  const said = error.message === '' ? -1 : stack.indexOf(error.message);
  const rest = said < 0 ? stack : stack.slice(said + error.message.length);
  return rest.split('\n').filter((line) => FRAME.test(line));
}

/** `    at name (file:line:column)`, `    at file:line:column`, `    at async Promise.all (index 0)`. */
const FRAME = /^ {4}at (.*[(/\\ :](.+:\d+:\d+|index \d+|native|<anonymous>)\)?|<anonymous>)$/;

/** A code is a word or a number: what is longer, or holds anything else, is none. */
function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  const text = typeof code === 'number' ? String(code) : code;
  return typeof text === 'string' && /^[A-Za-z0-9_.-]{1,60}$/.test(text) ? text : undefined;
}
