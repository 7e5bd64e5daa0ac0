import { fileTypeFromBuffer } from 'file-type';

/** How much of a file is looked at; more than the longest signature, so that archives show what they hold. */
export const SAMPLE_BYTES = 16 * 1024;

const UNKNOWN_TYPE = 'application/octet-stream';

/** Text that does nothing when a browser is given it. HTML, SVG, XML and scripts are not among it. */
const HARMLESS_TEXT: ReadonlySet<string> = new Set([
  'text/plain',
  'text/csv',
  'text/tab-separated-values',
  'text/markdown',
  'text/calendar',
  'text/vcard',
  'text/x-vcard',
  'text/directory',
  'application/json',
]);

/**
 * The type is looked at, not believed: what the first bytes are known to be counts, whatever was declared. Text has no
 * signature, so a declared type is believed only for bytes that are text, and only where it is harmless text; of several
 * declared ones the first such. All else is `application/octet-stream`.
 *
 * @param sample the file's first bytes, up to SAMPLE_BYTES.
 */
export async function contentTypeOf(
  sample: Uint8Array,
  declared: readonly (string | null | undefined)[],
): Promise<string> {
  const known = await fileTypeFromBuffer(sample).catch(() => undefined);
  if (known) return known.mime;
  if (!isText(sample)) return UNKNOWN_TYPE;
  const essences = declared.map((type) => type?.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  return essences.find((type) => HARMLESS_TEXT.has(type)) ?? UNKNOWN_TYPE;
}

/** UTF-8 without control characters other than white space; a character cut at the end of the sample is none. */
function isText(sample: Uint8Array): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    return !/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/.test(text);
  } catch {
    return false;
  }
}
