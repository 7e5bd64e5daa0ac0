import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../../domain/engine/proof/canonical-json.js';
import { certificateHash, keyFingerprint } from '../../../domain/engine/proof/certificate.js';
import { checkCertificate } from '../../../web/src/migration/certificate/check.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const spki = publicKey.export({ type: 'spki', format: 'der' });
const certificate = {
  kind: 'carryover-migration-certificate',
  version: 2,
  made_at: '2026-03-01T10:00:00.000Z',
  name: 'ä',
};
const file = {
  certificate,
  signature: {
    algorithm: 'Ed25519',
    public_key: spki.toString('base64'),
    key_fingerprint: keyFingerprint(spki),
    value: sign(null, Buffer.from(canonicalJson(certificate)), privateKey).toString('base64'),
  },
};
const text = canonicalJson(file);
const found = async (changed: string) => (await checkCertificate(changed)).steps.map(({ holds }) => holds);

it('a certificate as it was signed holds, with or without a line end', async () => {
  const checked = await checkCertificate(`${text}\n`);
  expect(checked.holds).toBe(true);
  expect(checked.fingerprint).toBe(keyFingerprint(spki));
  expect(checked.sha256).toBe(certificateHash(text));
});

it('another figure is found by the signature', async () => {
  expect(await found(text.replace('"version":2', '"version":3'))).toEqual([true, true, false]);
});

it('another key is found, since the file names the fingerprint of its own', async () => {
  const other = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });
  const changed = { certificate, signature: { ...file.signature, public_key: other.toString('base64') } };
  expect(await found(canonicalJson(changed))).toEqual([true, false, false]);
});

it('a reformatted file is found, although its signature is valid', async () => {
  expect(await found(JSON.stringify(file, undefined, 2))).toEqual([false, true, true]);
});

it('another algorithm than the one of our certificates is no signature', async () => {
  const changed = { certificate, signature: { ...file.signature, algorithm: 'none' } };
  expect(await found(canonicalJson(changed))).toEqual([true, true, false]);
});

it('a file that names no key is none', async () => {
  await expect(checkCertificate('{}')).rejects.toThrow('it has no statement or no signature');
});
