/** The keys that payloads are encrypted with, as PAYLOAD_ENCRYPTION_KEY gives them. */

import { createSecretKey, type KeyObject } from 'node:crypto';

export interface PayloadKey {
  /** Written in clear beside everything that is encrypted with the key. */
  readonly id: string;
  /** 256 bits; an object that does not show its bytes when it is printed. */
  readonly secret: KeyObject;
}

export interface PayloadKeys {
  /** Encrypts. */
  readonly current: PayloadKey;
  /** Decrypt: the current one, and those that it follows, by id. */
  readonly all: ReadonlyMap<string, PayloadKey>;
}

const KEY_BYTES = 32;
const ID = /^[A-Za-z0-9._-]{1,64}$/;
/** The two lengths that 32 bytes can have, with and without padding, and nothing that a lenient decoder would skip. */
const BASE64_OF_KEY = /^[A-Za-z0-9+/]{43}=?$/;
const ADVICE =
  'A key is written "<id>:<base64 of 32 bytes>", for example "2026-01:" followed by what `openssl rand -base64 32` prints; ' +
  'several are separated by spaces: the first encrypts, all decrypt.';

/**
 * Reads `<id>:<base64 of 32 bytes>`, several separated by white space; the first encrypts, all decrypt.
 *
 * @throws Error whose message says what is wrong and how a key is made, to be put after "PAYLOAD_ENCRYPTION_KEY is wrong:"; it
 *   never holds a key's bytes.
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
  // What has no id may be a bare key: say which one it is, not what it holds.
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
