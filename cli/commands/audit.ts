import { oneLine } from '../progress/words.js';
import type { ApiClient } from './api-client.js';
import { table } from './table.js';
import { print, type Output } from './terminal.js';

interface AuditPage {
  readonly entries: readonly {
    readonly at: string;
    readonly actor: string;
    readonly role: string;
    readonly action: string;
    readonly remote_address: string | null;
  }[];
  readonly next_cursor: string | null;
}

export interface AuditCommand {
  readonly limit: number;
  readonly json: boolean;
}

const PAGE = 100;

/** Who did what to an account's migration, and from where; newest first. */
export async function audit(
  api: ApiClient,
  accountId: string,
  { limit, json }: AuditCommand,
  out: Output,
): Promise<void> {
  const entries: AuditPage['entries'][number][] = [];
  let cursor: string | undefined;
  do {
    const page = await api.get<AuditPage>('/v2/audit', {
      account_id: accountId,
      cursor,
      limit: String(Math.min(PAGE, limit - entries.length)),
    });
    entries.push(...page.entries);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && entries.length < limit);
  if (json) print(out, JSON.stringify(entries, undefined, 2));
  else if (entries.length === 0) print(out, `Nobody has done anything to ${accountId} yet.`);
  else print(out, ...table(['WHEN', 'WHAT', 'WHO', 'ROLE', 'FROM'], entries.map(rowOf), out.columns));
}

function rowOf({ at, action, actor, role, remote_address: from }: AuditPage['entries'][number]): string[] {
  return [at.slice(0, 19).replace('T', ' '), action, oneLine(actor), role, from ?? ''];
}
