import { CommandError, EXIT, type Terminal } from './terminal.js';

/**
 * Asks before what cannot be undone, unless the operator has said `--yes`. Without a terminal to ask at, it refuses. Only "y" and "yes"
 * agree.
 *
 * @param consequence what happens, in one sentence.
 * @throws CommandError if the operator does not agree, or cannot be asked.
 */
export async function confirm(consequence: string, yes: boolean, terminal: Terminal): Promise<void> {
  if (yes) return;
  const answer = await asked(
    `${consequence} Go on? [y/N] `,
    `${consequence} To confirm, add --yes.`,
    terminal,
  );
  if (!/^y(es)?$/i.test(answer)) throw new CommandError('Nothing was done.', EXIT.usage);
}

/**
 * Asks for a word to be typed, unless the operator has given it with `--confirm`.
 *
 * @throws CommandError if it is another word, or nobody can be asked.
 */
export async function confirmWord(
  consequence: string,
  word: string,
  given: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const how = `To confirm, add --confirm ${word}.`;
  const typed =
    given ?? (await asked(`${consequence} Type ${word} to go on: `, `${consequence} ${how}`, terminal));
  if (typed !== word) throw new CommandError(`Nothing was done. ${how}`, EXIT.usage);
}

/** What the operator types. Throws CommandError with `unasked` where there is no terminal to ask at. */
async function asked(question: string, unasked: string, { input, error, signal }: Terminal): Promise<string> {
  if (input?.isTTY !== true || error.isTTY !== true) throw new CommandError(unasked, EXIT.usage);
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: input as NodeJS.ReadableStream });
  try {
    error.write(question);
    return (await lines.question('', { signal })).trim();
  } finally {
    lines.close();
  }
}
