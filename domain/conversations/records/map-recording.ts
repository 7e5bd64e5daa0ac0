import { isMap } from './attribute-value.js';
import type { AttachmentRow, MessageKind } from './rows.js';
import { storable } from '../../engine/text.js';

const SOURCE_ID = 'recording';

/**
 * The message's attachments with the recording of its call or voicemail among them, fetched as they are. It has no id of its
 * own: `recording`, with a number behind it where an attachment of the message is called so. A recording that is listed as
 * an attachment already, or whose address is not to be fetched by HTTP, adds nothing.
 */
export function withRecording(
  attachments: readonly AttachmentRow[],
  kind: MessageKind,
  telephony: unknown,
): readonly AttachmentRow[] {
  if ((kind !== 'call' && kind !== 'voicemail') || !isMap(telephony)) return attachments;
  const address = telephony['recording_url'];
  if (typeof address !== 'string' || !/^https?:\/\//i.test(address)) return attachments;
  const url = storable(address);
  if (attachments.some((attachment) => attachment.url === url)) return attachments;
  return [...attachments, { sourceId: freeId(attachments), url, contentType: null, fileName: null }];
}

function freeId(attachments: readonly AttachmentRow[]): string {
  const taken = new Set(attachments.map(({ sourceId }) => sourceId));
  let id = SOURCE_ID;
  for (let number = 2; taken.has(id); number += 1) id = `${SOURCE_ID}-${number}`;
  return id;
}
