import { create } from 'content-disposition';
import { safeFileName } from './keys.js';

const MAX_CHARACTERS = 150;

/**
 * A `Content-Disposition` header (RFC 6266) with which a browser saves the file and never shows it. The name is the sender's, in RFC 8187's form,
 * without what could make it look like another (control and direction characters) or like a path; old clients take the plain one beside it.
 */
export function savedAs(fileName: string | null): string {
  const shown = (fileName ?? '').replace(/\p{C}/gu, '').replace(/[/\\]/g, '_').trim();
  // By characters: half of one cannot be encoded.
  const name = Array.from(shown).slice(0, MAX_CHARACTERS).join('');
  const plain = safeFileName(fileName);
  return create(name === '' ? plain : name, { type: 'attachment', fallback: plain });
}
