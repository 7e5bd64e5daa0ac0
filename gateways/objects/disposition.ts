import { create } from 'content-disposition';
import { safeFileName } from './keys.js';

const MAX_CHARACTERS = 150;

/**
 * A `Content-Disposition` header (RFC 6266) that makes a browser save the file instead of showing it. The sender's file name is encoded as in RFC
 * 8187, without control and direction characters, which could disguise it, and without path separators. A plain name is the fallback for old clients.
 */
export function savedAs(fileName: string | null): string {
  const shown = (fileName ?? '').replace(/\p{C}/gu, '').replace(/[/\\]/g, '_').trim();
  // Cut by characters: half a surrogate pair cannot be encoded.
  const name = Array.from(shown).slice(0, MAX_CHARACTERS).join('');
  const plain = safeFileName(fileName);
  return create(name === '' ? plain : name, { type: 'attachment', fallback: plain });
}
