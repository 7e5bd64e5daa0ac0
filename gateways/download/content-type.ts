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

/** Images, sound and film, none of which is written in XML; OOXML and OpenDocument, without those that hold macros. */
const HARMLESS_FAMILIES =
  /^(?:(?:image|audio|video)\/(?!.*\+xml$)|application\/vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\.)/;

/** What Office wrote before 2007: one container, `application/x-cfb`, in which only the declared type tells them apart. */
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
 * The type is looked at, not believed: what the first bytes are known to be counts, whatever was declared. Text has no
 * signature, so a declared type is believed only for bytes that are text and no markup, and only where it is harmless text; of several
 * declared ones the first such. All that is not listed above is `application/octet-stream`.
 *
 * @param sample the file's first bytes, up to SAMPLE_BYTES.
 */
export async function contentTypeOf(
  sample: Uint8Array,
  declared: readonly (string | null | undefined)[],
): Promise<string> {
  const essences = declared.map((type) => type?.split(';', 1)[0]?.trim().toLowerCase() ?? '');
  // Text in UTF-16, whose mark looks like a frame of MPEG audio.
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

/** A declaration, a comment, a DOCTYPE or a tag in the first place; the decoder has taken a byte order mark away. */
const MARKUP = /^\s*<(?:[?!]|\/?[a-z][\w.:-]*[\s/>])/i;

/** UTF-8 without control characters other than white space; a character cut at the end of the sample is none. */
function textOf(sample: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    return /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
