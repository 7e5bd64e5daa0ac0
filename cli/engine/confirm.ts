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
  const { input, error, signal } = terminal;
  if (input?.isTTY !== true || error.isTTY !== true)
    throw new CommandError(`${consequence} To confirm, add --yes.`, EXIT.usage);
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: input as NodeJS.ReadableStream });
  try {
    error.write(`${consequence} Go on? [y/N] `);
    const answer = await lines.question('', { signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    lines.close();
  }
  throw new CommandError('Nothing was done.', EXIT.usage);
}
