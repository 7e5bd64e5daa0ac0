import { isMap } from './attribute-value.js';
import type { AttachmentRow, MessageKind } from './rows.js';
import { storable } from '../../engine/text.js';

const SOURCE_ID = 'recording';

/**
 * Adds the recording of a call or voicemail to the message's attachments. Its id is `recording`, with a number appended if another attachment has
 * that id. Adds nothing if the recording is already listed or its address is not HTTP.
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
