/**
 * Encrypts what Temporal stores of inputs, results, failures, memos and summaries with AES-256-GCM.
 *
 * An encrypted payload holds
 *   metadata  encoding `binary/encrypted`, `encryption-cipher`, `encryption-key-id`
 *   data      nonce (12 bytes, random) · ciphertext of the whole original payload as protobuf · tag (16 bytes)
 *
 * The metadata is authenticated with the data, so that a payload with another label does not open. The names are those that
 * other implementations use, so that tools know what they see.
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { PayloadKey, PayloadKeys } from './keys.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const ENCRYPTED = 'binary/encrypted';
const CIPHER_NAME = 'AES/GCM';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A payload that cannot be decrypted. The message names the key id and holds nothing of the payload. */
export class PayloadNotReadable extends Error {
  override readonly name = 'PayloadNotReadable';
}

export class EncryptionCodec implements PayloadCodec {
  constructor(private readonly keys: PayloadKeys) {}

  /** Equal payloads are encrypted to different bytes. */
  async encode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => encrypt(payload, this.keys.current));
  }

  /**
   * Returns unencrypted payloads unchanged, so that histories that began before there was a key continue.
   *
   * @throws PayloadNotReadable when the key is unknown or the payload was changed
   */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? decrypt(payload, this.keys) : payload));
  }
}

export function isEncrypted(payload: Payload): boolean {
  return metadataText(payload, 'encoding') === ENCRYPTED;
}

function encrypt(payload: Payload, key: PayloadKey): Payload {
  const metadata = label(key.id);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(metadata));
  const original = PayloadMessage.encode(payload).finish();
  const data = Buffer.concat([nonce, cipher.update(original), cipher.final(), cipher.getAuthTag()]);
  return { metadata, data };
}

function decrypt(payload: Payload, keys: PayloadKeys): Payload {
  const key = keyOf(payload, keys);
  const data = payload.data ?? new Uint8Array();
  try {
    const nonce = data.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, key.secret, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(authenticated(payload.metadata ?? {}));
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    const sealed = data.subarray(NONCE_BYTES, -TAG_BYTES);
    return PayloadMessage.decode(Buffer.concat([decipher.update(sealed), decipher.final()]));
  } catch (cause) {
    throw new PayloadNotReadable(
      `A payload labelled with the key "${key.id}" cannot be decrypted: it was changed, or encrypted with another key of that id.`,
      { cause },
    );
  }
}

function keyOf(payload: Payload, keys: PayloadKeys): PayloadKey {
  const id = metadataText(payload, 'encryption-key-id') ?? '';
  const key = keys.all.get(id);
  if (key === undefined) {
    throw new PayloadNotReadable(
      `A payload is encrypted with the key ${JSON.stringify(id)}, which is not known here (known: ${[...keys.all.keys()].join(', ')}). ` +
        'Add it to PAYLOAD_ENCRYPTION_KEY, after the first.',
    );
  }
  return key;
}

type Metadata = Readonly<Record<string, Uint8Array>>;

function label(keyId: string): Record<string, Uint8Array> {
  return {
    encoding: bytes(ENCRYPTED),
    'encryption-cipher': bytes(CIPHER_NAME),
    'encryption-key-id': bytes(keyId),
  };
}

/** All metadata entries in a fixed order, each name and value with its length, so that different metadata never gives the same bytes. */
function authenticated(metadata: Metadata): Buffer {
  const entries = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(entries.flatMap(([name, value]) => [withLength(bytes(name)), withLength(value)]));
}

function withLength(value: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([length, value]);
}

function metadataText(payload: Payload, name: string): string | undefined {
  const value = payload.metadata?.[name];
  return value === undefined ? undefined : Buffer.from(value).toString('utf8');
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}
