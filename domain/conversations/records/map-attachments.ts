import { isMap } from './attribute-value.js';
import { attachmentDigest } from './digest.js';
import { ItemReader, wrongType } from './item-reader.js';
import { exactJsonText } from './jsonb.js';
import type { AttachmentRow, Digest } from './rows.js';

const NONE: readonly AttachmentRow[] = [];

/**
 * The attachments of a message. Exact repetitions are merged. The same id with different contents is ambiguous and a problem of the message. Problems
 * go to `message.problem`.
 */
export function mapAttachments(value: unknown, message: ItemReader): readonly AttachmentRow[] {
  if (value === undefined || value === null) return NONE;
  if (!Array.isArray(value)) {
    message.complain('attachments', wrongType(value, 'L'));
    return NONE;
  }
  const rows = new Map<string, AttachmentRow>();
  let replaced = false;
  for (const [index, member] of value.entries()) {
    const name = `attachments[${index}]`;
    if (!isMap(member)) {
      message.complain(name, wrongType(member, 'M'));
      return NONE;
    }
    const read = new ItemReader(member, `${name}.`);
    const row = mapAttachment(read);
    const known = rows.get(row.sourceId);
    if (known && !equal(known, row)) read.complain('attachment_id', 'is that of another one');
    if (read.problem !== undefined) {
      message.problem ??= read.problem;
      return NONE;
    }
    replaced ||= read.replaced;
    if (!known) rows.set(row.sourceId, row);
  }
  if (replaced) message.keepOriginal('attachments', exactJsonText(value));
  return [...rows.values()];
}

/** The sum of the attachments' digests, independent of their order. */
export function attachmentsDigest(messageSourceId: string, attachments: readonly AttachmentRow[]): Digest {
  let sum = 0n;
  for (const attachment of attachments) sum += attachmentDigest(messageSourceId, attachment);
  return sum;
}

/** Ignores `size`: only the size of the stored file matters. */
function mapAttachment(read: ItemReader): AttachmentRow {
  return {
    sourceId: read.id('attachment_id'),
    url: read.text('url'),
    contentType: read.optionalText('content_type'),
    fileName: read.optionalText('file_name'),
  };
}

function equal(a: AttachmentRow, b: AttachmentRow): boolean {
  return a.url === b.url && a.contentType === b.contentType && a.fileName === b.fileName;
}
