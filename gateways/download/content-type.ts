import { fileTypeFromBuffer } from 'file-type';

/** The bytes examined for the type: more than the longest signature, so that the contents of archives show. */
export const SAMPLE_BYTES = 16 * 1024;

const UNKNOWN_TYPE = 'application/octet-stream';

/** Text that a browser does not execute. Excludes HTML, SVG, XML and scripts. */
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

/** Documents and archives, and the recordings whose type does not begin with `audio/` or `video/`. */
const HARMLESS_FILES: ReadonlySet<string> = new Set([
  'application/pdf',
  'application/rtf',
  'application/zip',
  'application/gzip',
  'application/zstd',
  'application/x-tar',
  'application/x-7z-compressed',
  'application/x-rar-compressed',
  'application/x-bzip2',
  'application/x-xz',
  'application/ogg',
  'application/mxf',
  'application/vnd.ms-asf',
]);

/** Images, audio and video that are not XML; OOXML and OpenDocument without macros. */
const HARMLESS_FAMILIES =
  /^(?:(?:image|audio|video)\/(?!.*\+xml$)|application\/vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\.)/;

/** The Office formats from before 2007 share one container, `application/x-cfb`. Only the declared type tells them apart. */
const CONTAINER = 'application/x-cfb';
const IN_CONTAINER: ReadonlySet<string> = new Set([
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.ms-outlook',
]);

/** Byte order marks. */
const UTF_16 = [
  [0xff, 0xfe],
  [0xfe, 0xff],
] as const;

/**
 * Determines the content type from the bytes rather than from what was declared. A known signature wins over any declared type. Text has no
 * signature, so a declared type counts only if it is harmless text and the bytes are text without markup; of several declared types the first such
 * one counts. Everything not listed above becomes `application/octet-stream`.
 *
 * @param sample the file's first bytes, up to SAMPLE_BYTES
 */
export async function contentTypeOf(
  sample: Uint8Array,
  declared: readonly (string | null | undefined)[],
): Promise<string> {
  const essences = declared.map((type) => type?.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  // A UTF-16 byte order mark looks like an MPEG audio frame.
  if (UTF_16.some(([first, second]) => sample[0] === first && sample[1] === second)) return UNKNOWN_TYPE;
  const known = (await fileTypeFromBuffer(sample).catch(() => undefined))?.mime;
  if (known === CONTAINER) return essences.find((type) => IN_CONTAINER.has(type)) ?? UNKNOWN_TYPE;
  if (known !== undefined) return isHarmless(known) ? known : UNKNOWN_TYPE;
  const text = textOf(sample);
  if (text === undefined || MARKUP.test(text)) return UNKNOWN_TYPE;
  return essences.find((type) => HARMLESS_TEXT.has(type)) ?? UNKNOWN_TYPE;
}

function isHarmless(type: string): boolean {
  return HARMLESS_TEXT.has(type) || HARMLESS_FILES.has(type) || HARMLESS_FAMILIES.test(type);
}

/** Matches a leading declaration, comment, DOCTYPE or tag. The decoder has already removed a byte order mark. */
const MARKUP = /^\s*<(?:[?!]|\/?[a-z][\w.:-]*[\s/>])/i;

/** UTF-8 without control characters other than white space. A character cut off at the end of the sample is allowed. */
function textOf(sample: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    // oxlint-disable-next-line no-control-regex -- the pattern searches for control characters
    return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
