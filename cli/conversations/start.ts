import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import type { ApiClient } from '../engine/api/client.js';
import type { Printer } from '../engine/terminal/output.js';
import { CommandError, EXIT, say, type Output } from '../engine/terminal/terminal.js';

interface Started {
  readonly account_id: string;
  readonly migration_status: string;
  /** Why it cannot be started. */
  readonly failure?: { readonly message: string; readonly next_step: string };
}

/** Starts an account's migration, or continues it after a failure. A second call while it runs changes nothing. */
export async function start(api: ApiClient, accountId: string, printer: Printer): Promise<number> {
  const answer = await api.post<Started>('/v2/start-migration', { account_id: accountId });
  if (await printer.data(answer)) return answer.failure ? EXIT.failed : EXIT.fine;
  await reportStart(api, answer, printer.out);
  return EXIT.fine;
}

async function reportStart(api: ApiClient, answer: Started, out: Output): Promise<void> {
  if (answer.migration_status === 'all-messages-migrated') {
    say(out, `All messages of ${answer.account_id} are migrated; there is nothing to start.`);
    return;
  }
  const { failure } = answer;
  if (failure) throw new CommandError(`Not started. ${failure.message}\n${failure.next_step}`);
  say(out, `The migration of ${answer.account_id} runs: ${answer.migration_status}.`);
  const { paused } = await readView(api, answer.account_id);
  if (paused)
    say(
      out,
      `It is paused by ${paused.by}. Resume it with: ${carryoverCommand('resume', answer.account_id)}`,
    );
  say(out, `Watch it with: ${carryoverCommand('watch', answer.account_id)}`);
}

/** The token may have the right to start but not to read; the start stands, so errors are ignored. */
function readView(api: ApiClient, accountId: string): Promise<Partial<MigrationView>> {
  return api.get<MigrationView>(`/v2/migrations/${encodeURIComponent(accountId)}`).catch(() => ({}));
}
