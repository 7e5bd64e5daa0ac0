import { fileURLToPath } from 'node:url';

/** Where objects are stored. */
export type ObjectLocation =
  | { readonly kind: 'file'; readonly folder: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/**
 * Parses `ATTACHMENTS_URL`: `file:///folder` or `s3://bucket/prefix`. Trailing slashes are ignored.
 *
 * @throws Error that says why the location cannot be used
 */
export function parseObjectLocation(text: string): ObjectLocation {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.search || url?.hash) throw wrong('it must have no query and no fragment');
  if (url?.protocol === 'file:') return fileLocation(url);
  if (url?.protocol === 's3:') return s3Location(text);
  throw wrong('it must be file:///folder or s3://bucket/prefix');
}

function fileLocation(url: URL): ObjectLocation {
  if (url.host !== '') throw wrong('a folder needs three slashes, file:///folder');
  let folder: string;
  try {
    folder = fileURLToPath(url);
  } catch {
    throw wrong('the folder is not a valid path');
  }
  if (/^\/+$/.test(folder)) throw wrong('it must name a folder other than /');
  return { kind: 'file', folder: folder.replace(/\/+$/, '') };
}

/** Parses the text itself, because URL parsing would normalize the key. */
function s3Location(text: string): ObjectLocation {
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)(.*)$/i.exec(text) ?? [];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw wrong('the bucket name is not valid');
  const prefix = rest.replace(/^\/+|\/+$/g, '');
  const parts = prefix === '' ? [] : prefix.split('/');
  if (parts.some((part) => !/^[\w!.*'()-]+$/.test(part) || /^\.+$/.test(part))) {
    throw wrong("a prefix may hold only letters, digits and !-_.*'() between single slashes");
  }
  return { kind: 's3', bucket, prefix };
}

function wrong(what: string): Error {
  return new Error(`ATTACHMENTS_URL is invalid: ${what}.`);
}
