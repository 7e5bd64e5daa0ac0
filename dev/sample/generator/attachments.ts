import type { Attachment, MessageItem } from '../contract.js';
import { fileKey, sampleFile, type FileFamily } from '../sample-files.js';
import { mix } from './random.js';

const FAMILIES: FileFamily[] = ['photo', 'photo', 'photo', 'screenshot', 'screenshot', 'document'];

/** The attachments of a text message: mostly one picture, sometimes a document or a few pictures. */
export function textAttachments(baseUrl: string, messageId: string, seed: number): Attachment[] {
  const count = mix(seed, 40) % 6 === 0 ? 3 : 1;
  return Array.from({ length: count }, (_none, index) => {
    const own = mix(seed, 41, index);
    return attachment(baseUrl, messageId, index, FAMILIES[own % FAMILIES.length] ?? 'photo', own);
  });
}

export function recordingOf(baseUrl: string, messageId: string, seed: number): Attachment {
  return attachment(baseUrl, messageId, 0, 'recording', mix(seed, 42));
}

/** An attachment at `{base}/photo-3/att_…/IMG_0412.jpg`: the first part of the path names the bytes to serve. */
function attachment(
  baseUrl: string,
  messageId: string,
  index: number,
  family: FileFamily,
  seed: number,
): Attachment {
  const key = fileKey(family, seed);
  const file = sampleFile(key);
  if (file === undefined) throw new Error(`no sample file ${key}`);
  const attachment_id = `att_${messageId.slice(4)}_${index}`;
  const file_name = fileName(family, seed);
  return {
    attachment_id,
    url: `${baseUrl}/${key}/${attachment_id}/${encodeURIComponent(file_name)}`,
    content_type: file.content_type,
    file_name,
    size: file.bytes.length,
  };
}

function fileName(family: FileFamily, seed: number): string {
  const number = String(seed % 10_000).padStart(4, '0');
  switch (family) {
    case 'photo':
      return seed % 7 === 0 ? `Foto ${number} – Küche.jpg` : `IMG_${number}.jpg`;
    case 'screenshot':
      return `Screenshot ${number}.png`;
    case 'document':
      return `invoice-${number}.pdf`;
    case 'recording':
      return `call-${number}.wav`;
  }
}

/** The attribute `attachments`, which is absent, not empty, for a message without attachments. */
export function attachmentsAttribute(list: Attachment[]): Pick<MessageItem, 'attachments'> {
  return list.length === 0 ? {} : { attachments: list };
}
