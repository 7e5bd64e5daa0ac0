import type { AttachmentRow } from '../../../domain/conversations/records/rows.js';
import { SAMPLES } from '../../../domain/engine/verification.js';
import type { Pool } from '../../../gateways/store/sql/transaction.js';
import {
  attachmentsOf,
  differingColumns,
} from '../../../gateways/store/conversations/verify/held-messages.js';
import type { HeldAttachment } from '../../../gateways/store/conversations/verify/held-messages.js';
import type { ChangedMessage, MessageVerdict } from './judge-messages.js';

/** Names what differs in messages held with other contents: columns, thread, and each attachment. */
export async function nameChanges(pool: Pool, verdict: MessageVerdict): Promise<void> {
  const { changed } = verdict;
  const otherwise = changed.filter(({ read, held }) => held.digest !== read.row.digest);
  const byId = ({ read: a }: ChangedMessage, { read: b }: ChangedMessage) =>
    a.row.sourceId < b.row.sourceId ? -1 : 1;
  // Compares columns only for findings that may become samples: the query carries all contents.
  const columns = await differingColumns(
    pool,
    otherwise
      .toSorted(byId)
      .slice(0, SAMPLES * 5)
      .map(({ read }) => read.row),
  );
  const files = await attachmentsOf(
    pool,
    changed.filter(hasOtherFiles).map(({ held }) => held.id),
  );
  for (const change of changed) {
    const { row } = change.read;
    const fields = [
      ...(change.elsewhere === 'brand' ? ['brand'] : []),
      ...(change.held.digest === row.digest ? [] : (columns.get(row.sourceId) ?? ['contents'])),
      ...(change.elsewhere === 'thread' ? ['thread'] : []),
    ];
    const key = `${row.sourceThreadId}/${row.sourceKey}`;
    if (fields.length > 0) verdict.name('messages', 'different', row.sourceId, key, fields);
    if (hasOtherFiles(change))
      nameFiles(verdict, row.sourceId, row.attachments, files.get(change.held.id) ?? []);
  }
}

function hasOtherFiles({ read: { row }, held }: ChangedMessage): boolean {
  return held.attachments !== row.attachments.length || held.attachmentsDigest !== row.attachmentsDigest;
}

function nameFiles(
  verdict: MessageVerdict,
  messageId: string,
  read: readonly AttachmentRow[],
  held: readonly HeldAttachment[],
): void {
  const known = new Map(held.map((file) => [file.sourceId, file]));
  for (const file of read) {
    const found = known.get(file.sourceId);
    known.delete(file.sourceId);
    const fields = found
      ? (['url', 'contentType', 'fileName'] as const).filter((name) => found[name] !== file[name])
      : [];
    if (!found) verdict.name('attachments', 'missing', file.sourceId, messageId);
    else if (fields.length > 0) verdict.name('attachments', 'different', file.sourceId, messageId, fields);
  }
  for (const sourceId of known.keys()) verdict.name('attachments', 'extra', sourceId, messageId);
}
