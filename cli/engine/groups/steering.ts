import type { CommandLine, KindAtApi } from '../command-line.js';
import { confirm } from '../terminal/confirm.js';
import { withExamples } from '../help.js';
import { migrationPath, type Steering, STEERINGS, textIn } from '../kind.js';
import { printable, type Printer, type Printing } from '../terminal/output.js';
import { CommandError, say } from '../terminal/terminal.js';

/** The commands that steer. */
export function addSteering({ root, ofKind, printer, terminal }: CommandLine): void {
  for (const [name, description] of Object.entries(STEERINGS)) {
    const action = name as Steering;
    const consequence = LOSES[action];
    const command = printable(root.command(`${action} <key>`).description(description));
    if (consequence !== undefined) command.option('--yes', 'do not ask', false);
    withExamples(command, `${action} acc_1${consequence === undefined ? '' : ' --yes'}`).action(
      async (key: string, { yes, ...options }: Printing & { yes?: boolean }) => {
        const at = await ofKind();
        assertHas(at, action);
        if (consequence !== undefined) await confirm(consequence(key), yes === true, terminal);
        await steer(at, action, key, printer(options));
      },
    );
  }
}

/** What cannot be undone, and so is asked before. */
const LOSES: Readonly<Partial<Record<Steering, (key: string) => string>>> = {
  undo: (key) => `This removes what the migration of ${key} has written.`,
};

function assertHas({ kind: { name, calls } }: KindAtApi, action: Steering): void {
  if (calls.steerings.includes(action)) return;
  throw new CommandError(`The kind ${name} has no ${action}. It has: ${calls.steerings.join(', ')}.`);
}

const DONE: Readonly<Record<Steering, string>> = {
  pause: 'is paused',
  resume: 'continues',
  cancel: 'is being cancelled; you can start it again',
  retry: 'retries its failed work',
  undo: 'is being undone',
};

/** Pauses, resumes, cancels, retries or undoes a migration. Idempotent. */
async function steer(
  { api, kind }: KindAtApi,
  action: Steering,
  key: string,
  printer: Printer,
): Promise<void> {
  const { fields } = kind.calls;
  const answer = await api.post<object>(migrationPath(kind, key, action));
  if (await printer.data(answer)) return;
  const status = textIn(answer, fields.status);
  const word = kind.steered?.(action, status) ?? DONE[action];
  say(printer.out, `The migration of ${textIn(answer, fields.key)} ${word} (${status}).`);
}
