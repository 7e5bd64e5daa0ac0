import { randomBytes } from 'node:crypto';
import { type Payload, defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { EncryptionCodec, PayloadNotReadable } from '../../../../gateways/temporal/encryption/codec.js';
import { parsePayloadKeys } from '../../../../gateways/temporal/encryption/keys.js';

const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const codecWith = (...keys: string[]) => new EncryptionCodec(parsePayloadKeys(keys.join(' ')));

const K1 = newKey('k1');
const K2 = newKey('k2');
const codec = codecWith(K1);

describe('an encrypted payload', () => {
  it.each([
    ['an object', { accountId: 'acc_1', steering: { by: 'Olive Operator <olive@lakeside.example>' } }],
    ['text beyond ASCII', 'Zoë 🦷'],
    ['bytes', new Uint8Array([0, 1, 2, 255])],
    ['nothing', undefined],
    ['null', null],
    ['a large text', 'x'.repeat(1_000_000)],
  ])('gives back %s', async (_, value) => {
    const payload = defaultPayloadConverter.toPayload(value);
    const [sealed] = await codec.encode([payload]);
    const [opened] = await codec.decode([sealed!]);
    expect(plain(opened!)).toEqual(plain(payload));
    expect(defaultPayloadConverter.fromPayload(opened!)).toEqual(value);
  });

  it('returns foreign metadata unchanged', async () => {
    const payload: Payload = {
      metadata: { encoding: Buffer.from('json/plain'), type: Buffer.from('Keyword') },
      data: Buffer.from('"a"'),
    };
    const [opened] = await codec.decode(await codec.encode([payload]));
    expect(plain(opened!)).toEqual(plain(payload));
  });

  it('shows its cipher and its key id, and neither contents nor metadata of the original', async () => {
    const [sealed] = await codec.encode([defaultPayloadConverter.toPayload('Zoë Quill')]);
    expect(plain(sealed!).metadata).toEqual({
      encoding: 'binary/encrypted',
      'encryption-cipher': 'AES/GCM',
      'encryption-key-id': 'k1',
    });
    const bytes = Buffer.from(sealed!.data!);
    expect(bytes.includes('Quill')).toBe(false);
    expect(bytes.includes('json/plain')).toBe(false);
  });

  it('has other bytes each time', async () => {
    const payload = defaultPayloadConverter.toPayload('the same');
    const sealed = await codec.encode(Array.from({ length: 200 }, () => payload));
    const nonces = sealed.map(({ data }) => Buffer.from(data!).subarray(0, 12).toString('hex'));
    expect(new Set(nonces).size).toBe(200);
  });

  it('keeps the order of several, and of none', async () => {
    const payloads = ['a', 'b', 'c'].map((text) => defaultPayloadConverter.toPayload(text));
    const opened = await codec.decode(await codec.encode(payloads));
    expect(opened.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual(['a', 'b', 'c']);
    expect(await codec.encode([])).toEqual([]);
    expect(await codec.decode([])).toEqual([]);
  });
});

describe('keys that change', () => {
  it('decrypt with an earlier first key, and encrypt with the new first', async () => {
    const rotated = codecWith(K2, K1);
    const payload = defaultPayloadConverter.toPayload('kept');
    const [old] = await codec.encode([payload]);
    expect(defaultPayloadConverter.fromPayload((await rotated.decode([old!]))[0]!)).toBe('kept');
    const [sealed] = await rotated.encode([payload]);
    expect(plain(sealed!).metadata['encryption-key-id']).toBe('k2');
  });

  it('that are unknown are reported by id, with the known ones', async () => {
    const sealed = await codecWith(K2).encode([defaultPayloadConverter.toPayload('x')]);
    await expect(codec.decode(sealed)).rejects.toThrow(PayloadNotReadable);
    await expect(codec.decode(sealed)).rejects.toThrow(
      /encrypted with the key "k2", which is not known here \(known: k1\)\. Add it to PAYLOAD_ENCRYPTION_KEY/,
    );
  });

  it('with other bytes under the same id do not decrypt it, and the id is reported', async () => {
    const sealed = await codecWith(newKey('k1')).encode([defaultPayloadConverter.toPayload('x')]);
    await expect(codec.decode(sealed)).rejects.toThrow(/the key "k1" cannot be decrypted/);
  });
});

describe('a payload that was changed', () => {
  const sealedPayload = async () =>
    (await codecWith(K1, K2).encode([defaultPayloadConverter.toPayload('secret')]))[0]!;
  const both = codecWith(K1, K2);

  it('cannot be decrypted with any byte changed', async () => {
    const sealed = await sealedPayload();
    for (let at = 0; at < sealed.data!.length; at += 1) {
      const data = Buffer.from(sealed.data!);
      data[at]! ^= 1;
      await expect(both.decode([{ ...sealed, data }]), `byte ${at}`).rejects.toThrow(PayloadNotReadable);
    }
  });

  it('cannot be decrypted at any other length, or without data', async () => {
    const sealed = await sealedPayload();
    for (let length = 0; length < sealed.data!.length; length += 1) {
      const data = Buffer.from(sealed.data!).subarray(0, length);
      await expect(both.decode([{ ...sealed, data }]), `length ${length}`).rejects.toThrow(
        PayloadNotReadable,
      );
    }
    const longer = Buffer.concat([sealed.data!, Buffer.from([0])]);
    await expect(both.decode([{ ...sealed, data: longer }])).rejects.toThrow(PayloadNotReadable);
    await expect(both.decode([{ metadata: sealed.metadata! }])).rejects.toThrow(PayloadNotReadable);
  });

  it.each([
    ['another key that is known', { 'encryption-key-id': Buffer.from('k2') }],
    ['a key that is not known', { 'encryption-key-id': Buffer.from('k3') }],
    ['another cipher', { 'encryption-cipher': Buffer.from('AES/CBC') }],
    ['one entry more', { note: Buffer.from('trust me') }],
  ])('cannot be decrypted under the label of %s', async (_, relabelled) => {
    const sealed = await sealedPayload();
    const metadata = { ...sealed.metadata, ...relabelled };
    await expect(both.decode([{ ...sealed, metadata }])).rejects.toThrow(PayloadNotReadable);
  });

  it('cannot be decrypted under another key id, even if both ids have the same key', async () => {
    const secret = randomBytes(32).toString('base64');
    const twins = codecWith(`a:${secret}`, `b:${secret}`);
    const [sealed] = await twins.encode([defaultPayloadConverter.toPayload('x')]);
    const metadata = { ...sealed!.metadata, 'encryption-key-id': Buffer.from('b') };
    await expect(twins.decode([{ ...sealed!, metadata }])).rejects.toThrow(/the key "b" cannot be decrypted/);
  });

  it('cannot be decrypted without its key id', async () => {
    const { 'encryption-key-id': _, ...metadata } = (await sealedPayload()).metadata!;
    const { data } = await sealedPayload();
    await expect(both.decode([{ metadata, data: data! }])).rejects.toThrow(
      /the key "", which is not known here/,
    );
  });
});

describe('a payload that was never encrypted', () => {
  it.each([
    ['of JSON', defaultPayloadConverter.toPayload({ accountId: 'acc_1' })],
    ['of nothing', defaultPayloadConverter.toPayload(undefined)],
    ['without metadata', {}],
  ])('is returned unchanged: %s', async (_, payload) => {
    const [opened] = await codec.decode([payload]);
    expect(opened).toBe(payload);
  });

  it('is returned unchanged among encrypted ones', async () => {
    const clear = defaultPayloadConverter.toPayload('old');
    const [sealed] = await codec.encode([defaultPayloadConverter.toPayload('new')]);
    const opened = await codec.decode([clear, sealed!]);
    expect(opened.map((payload) => defaultPayloadConverter.fromPayload(payload))).toEqual(['old', 'new']);
  });
});

/** A payload as text, whichever kind of byte array holds it. */
function plain(payload: Payload) {
  const metadata = Object.fromEntries(
    Object.entries(payload.metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString()]),
  );
  return { metadata, data: Buffer.from(payload.data ?? []).toString('base64') };
}
