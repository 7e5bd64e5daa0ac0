/** The codec for clients outside the process: payloads in protobuf's JSON form, with bytes as base64. */

import { EncryptionCodec } from './codec.js';
import type { PayloadKeys } from './keys.js';

export interface JsonPayload {
  /** Name → base64. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Base64; undefined without data. */
  readonly data?: string;
}

export interface RemoteCodec {
  encode(payload: JsonPayload): Promise<JsonPayload>;
  /** Returns unencrypted payloads unchanged. Throws PayloadNotReadable, whose message may be shown. */
  decode(payload: JsonPayload): Promise<JsonPayload>;
}

export function remoteCodec(keys: PayloadKeys): RemoteCodec {
  const codec = new EncryptionCodec(keys);
  return {
    encode: async (payload) => toJson((await codec.encode([fromJson(payload)]))[0]),
    decode: async (payload) => toJson((await codec.decode([fromJson(payload)]))[0]),
  };
}

type Payload = Parameters<EncryptionCodec['encode']>[0][number];

function fromJson({ metadata = {}, data }: JsonPayload): Payload {
  const entries = Object.entries(metadata).map(
    ([name, value]) => [name, Buffer.from(value, 'base64')] as const,
  );
  return {
    metadata: Object.fromEntries(entries),
    ...(data === undefined ? {} : { data: Buffer.from(data, 'base64') }),
  };
}

function toJson({ metadata, data: bytes }: Payload = {}): JsonPayload {
  const data = base64(bytes ?? new Uint8Array());
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)] as const);
  return {
    metadata: Object.fromEntries(entries),
    ...(data === '' ? {} : { data }),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
