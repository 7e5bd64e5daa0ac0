/** Describes errors in logs and histories: what happened and where, never the data it happened to. */

/** Errors whose messages are safe: written here, or by Temporal about workflows. */
const OURS: ReadonlySet<string> = new Set(
  (
    'CarryoverError Problem ConfigurationError PayloadNotReadable ' +
    'ApplicationFailure ActivityFailure ChildWorkflowFailure CancelledFailure TimeoutFailure TerminatedFailure ServerFailure'
  ).split(' '),
);

/** Errors of the language, which name only variables and types. With a code they are Node's, which quote the value. */
const OF_THE_LANGUAGE: ReadonlySet<string> = new Set(['TypeError', 'ReferenceError', 'RangeError']);

/**
 * Describes the error without quoting data. Omits messages of databases, clients and parsers, because they may repeat a row, a number or a text ("Key
 * (phone_number)=(…) already exists", "Unexpected token in …"), and uses their name and code.
 */
export function plainWords(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} that is not an error`;
  const code = codeOf(error);
  if (OURS.has(error.name)) return error.message;
  if (OF_THE_LANGUAGE.has(error.name) && code === undefined) return `${error.name}: ${error.message}`;
  return code === undefined ? error.name : `${error.name} (${code})`;
}

/** The stack frames of an error, without its message, which may span several lines. */
export function framesOf(error: Error): string[] {
  const stack = error.stack ?? '';
  const said = error.message === '' ? -1 : stack.indexOf(error.message);
  const rest = said < 0 ? stack : stack.slice(said + error.message.length);
  return rest.split('\n').filter((line) => FRAME.test(line));
}

/** `    at name (file:line:column)`, `    at file:line:column`, `    at async Promise.all (index 0)`. */
const FRAME = /^ {4}at (.*[(/\\ :](.+:\d+:\d+|index \d+|native|<anonymous>)\)?|<anonymous>)$/;

/** Accepts only short codes of plain characters, so that a code cannot carry data. */
function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown };
  const text = typeof code === 'number' ? String(code) : code;
  return typeof text === 'string' && /^[A-Za-z0-9_.-]{1,60}$/.test(text) ? text : undefined;
}
