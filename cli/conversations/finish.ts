import { carryoverCommand } from '../../domain/engine/failures/commands.js';
import type { ApiClient } from '../engine/api/client.js';
import type { Printer } from '../engine/terminal/output.js';
import { print, say } from '../engine/terminal/terminal.js';

interface Finished {
  readonly account_id: string;
  readonly finished: boolean;
}

/** Ends following of an account. A second call changes nothing. */
export async function finish(api: ApiClient, accountId: string, printer: Printer): Promise<void> {
  const answer = await api.post<Finished>(`/v2/migrations/${encodeURIComponent(accountId)}/finish`);
  if (await printer.data(answer)) return;
  const { out } = printer;
  if (answer.finished) return say(out, `Following of ${answer.account_id} has ended already.`);
  say(out, `Following of ${answer.account_id} ends with a last verification.`);
  print(out, `See it with: ${carryoverCommand('status', accountId)}`);
}
