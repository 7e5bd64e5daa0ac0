/** The keys of payloads, from PAYLOAD_ENCRYPTION_KEY. */

import { createSecretKey, type KeyObject } from 'node:crypto';

export interface PayloadKey {
  /** Stored unencrypted with everything that the key encrypts. */
  readonly id: string;
  /** 256 bits, in an object that does not print its bytes. */
  readonly secret: KeyObject;
}

export interface PayloadKeys {
  /** Encrypts. */
  readonly current: PayloadKey;
  /** Decrypt, by id: the current key and earlier ones. */
  readonly all: ReadonlyMap<string, PayloadKey>;
}

const KEY_BYTES = 32;
const ID = /^[A-Za-z0-9._-]{1,64}$/;
/** The two lengths of 32 bytes, with and without padding, and no characters that a lenient decoder would skip. */
const BASE64_OF_KEY = /^[A-Za-z0-9+/]{43}=?$/;
const ADVICE =
  'A key is written "<id>:<base64 of 32 bytes>", for example "2026-01:" followed by what `openssl rand -base64 32` prints; ' +
  'several are separated by spaces: the first encrypts, all decrypt.';

/**
 * Parses `<id>:<base64 of 32 bytes>`, several separated by white space; the first encrypts, all decrypt.
 *
 * @throws Error with the problem and the format of keys, to follow "PAYLOAD_ENCRYPTION_KEY is wrong:"; it never holds a key's bytes
 */
export function parsePayloadKeys(text: string): PayloadKeys {
  const keys = text
    .split(/\s+/)
    .filter((entry) => entry !== '')
    .map(parseKey);
  const [current] = keys;
  if (current === undefined) throw refused('it is empty');
  const all = new Map<string, PayloadKey>();
  for (const key of keys) {
    if (all.has(key.id)) throw refused(`the id ${key.id} is given twice`);
    all.set(key.id, key);
  }
  return { current, all };
}

function parseKey(entry: string, index: number): PayloadKey {
  const colon = entry.indexOf(':');
  // An entry without an id may be a bare key, so the message gives its position only.
  if (colon < 1) throw refused(`entry ${index + 1} has no id before a colon`);
  const id = entry.slice(0, colon);
  if (!ID.test(id)) {
    throw refused(
      `the id of entry ${index + 1} is not 1 to 64 letters, digits, dots, hyphens or underscores`,
    );
  }
  const encoded = entry.slice(colon + 1);
  if (!BASE64_OF_KEY.test(encoded)) {
    throw refused(`the key ${id} is not the base64 of ${KEY_BYTES} bytes`);
  }
  return { id, secret: createSecretKey(Buffer.from(encoded, 'base64')) };
}

function refused(what: string): Error {
  return new Error(`${what}. ${ADVICE}`);
}
