import { asJson, type AsJson, type CommandLine, type KindAtApi } from './command-line.js';
import { migrationPath, type Steering, STEERINGS, textIn } from './kind.js';
import { CommandError, print, say, type Output } from './terminal.js';

/** The commands that steer. */
export function addSteering({ root, ofKind, terminal: { out } }: CommandLine): void {
  for (const [action, description] of Object.entries(STEERINGS)) {
    asJson(root.command(`${action} <key>`).description(description)).action(
      async (key: string, { json }: AsJson) => steer(await ofKind(), action as Steering, key, json, out),
    );
  }
}

const DONE: Readonly<Record<Steering, string>> = {
  pause: 'is paused',
  resume: 'continues',
  cancel: 'is being cancelled; you can start it again',
  retry: 'retries what had failed',
  undo: 'is being undone',
};

/** Pauses, resumes, cancels, retries or undoes a migration. Idempotent. */
async function steer(
  { api, kind }: KindAtApi,
  action: Steering,
  key: string,
  json: boolean,
  out: Output,
): Promise<void> {
  const { fields, steerings } = kind.calls;
  if (!steerings.includes(action))
    throw new CommandError(`The kind ${kind.name} has no ${action}. It has: ${steerings.join(', ')}.`);
  const answer = await api.post<object>(migrationPath(kind, key, action));
  if (json) return print(out, JSON.stringify(answer, undefined, 2));
  const status = textIn(answer, fields.status);
  const word = kind.steered?.(action, status) ?? DONE[action];
  say(out, `The migration of ${textIn(answer, fields.key)} ${word} (${status}).`);
}
