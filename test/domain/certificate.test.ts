import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../domain/canonical-json.js';
import {
  type CertificateFile,
  type CertificateStatement,
  checkCertificate,
  keyFingerprint,
  signedBytes,
} from '../../domain/certificate.js';

const side = {
  messages: 40_000,
  messages_digest: '-123456789012345678901',
  attachments: 12,
  attachments_digest: '77',
  threads: 2_000,
  threads_digest: '5',
  quarantined_threads: 1,
};

const STATEMENT: CertificateStatement = {
  kind: 'carryover-migration-certificate',
  version: 1,
  account_id: 'acc_1',
  made_at: '2026-03-01T10:00:00.000Z',
  recent_since: '2026-01-30T10:00:00.000Z',
  made_after: 'migration',
  workflow: { id: 'migration:acc_1/brand:br_1', run_id: 'run' },
  code: { version: '0.1.0', commit: null },
  brands: [
    {
      brand_id: 'br_1',
      compared_at: '2026-03-01T10:00:00.000Z',
      source: side,
      store: side,
      held: { messages: 39_990, threads: 1_900, quarantined: 7, superseded: 4 },
    },
  ],
};

function signed(statement: CertificateStatement = STATEMENT): { file: CertificateFile; text: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const file: CertificateFile = {
    certificate: statement,
    signature: {
      algorithm: 'Ed25519',
      public_key: spki.toString('base64'),
      key_fingerprint: keyFingerprint(spki),
      value: sign(null, signedBytes(statement), privateKey).toString('base64'),
    },
  };
  return { file, text: textOf(file) };
}

function textOf(file: CertificateFile): string {
  return `${canonicalJson(file)}\n`;
}

const words = (text: string, fingerprint?: string) =>
  checkCertificate(text, fingerprint)
    .steps.filter(({ holds }) => !holds)
    .map((step) => step.words);

describe('a certificate', () => {
  test('holds as it was written, with and without the line end', () => {
    const { text, file } = signed();
    expect(checkCertificate(text)).toMatchObject({ holds: true, file });
    expect(checkCertificate(text.trimEnd(), file.signature.key_fingerprint).holds).toBe(true);
  });

  test('with any one byte changed does not hold', () => {
    const bytes = Buffer.from(signed().text);
    for (let at = 0; at < bytes.length; at += 1) {
      for (const bit of [1, 2, 4, 32]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ bit;
        expect(checkCertificate(changed.toString()).holds, `byte ${at}, bit ${bit}`).toBe(false);
      }
    }
  });

  test('that was cut off says so', () => {
    const { text } = signed();
    for (const length of [0, 1, 100, text.length - 2])
      expect(words(text.slice(0, length))).toEqual([
        'The file is no whole JSON: it was cut off, or changed.',
      ]);
  });

  test('that was formatted anew says so', () => {
    const { file } = signed();
    expect(words(JSON.stringify(file, undefined, 2))[0]).toContain('formatted anew');
  });

  test('with a count changed says that the signature does not hold', () => {
    const { file } = signed();
    const changed = { ...file, certificate: { ...file.certificate, account_id: 'acc_2' } };
    expect(words(textOf(changed))).toEqual([expect.stringContaining('signature does not hold')]);
  });

  test('with another key in it, or signed by another, says so', () => {
    const { file } = signed();
    const other = signed();
    const swapped = { ...file, signature: { ...other.file.signature, value: file.signature.value } };
    expect(words(textOf(swapped))).toEqual([expect.stringContaining('signature does not hold')]);
    const { key_fingerprint: expected } = file.signature;
    expect(words(other.text)).toEqual([]);
    expect(words(other.text, expected)).toEqual([
      expect.stringContaining(`not the expected one, ${expected}`),
    ]);
    const lying = {
      ...file,
      signature: { ...file.signature, key_fingerprint: other.file.signature.key_fingerprint },
    };
    expect(words(textOf(lying))).toEqual([expect.stringContaining('not the one it names')]);
  });

  test('whose sides differ does not hold, whoever signed it', () => {
    const [brand] = STATEMENT.brands;
    const { text } = signed({ ...STATEMENT, brands: [{ ...brand!, store: { ...side, messages: 39_999 } }] });
    expect(words(text)).toEqual(['Brand br_1: messages differ.']);
  });

  test('is no certificate when it is something else', () => {
    for (const text of ['{}', '[]', 'null', '"a"', '{"certificate":{},"signature":{}}'])
      expect(words(text)[0]).toContain('no certificate');
  });
});

describe('canonical JSON', () => {
  test('orders members by UTF-16 units and leaves no space', () => {
    expect(canonicalJson({ b: [1, null, true], a: 'ü\n', '\ufb33': 1, '\u{1f600}': 2 })).toBe(
      '{"a":"ü\\n","b":[1,null,true],"\u{1f600}":2,"\ufb33":1}',
    );
    expect(canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 0.002, 1e-27, -0])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
  });

  test('says the same of the same value, whatever the order of its members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  test('has no form for what JSON cannot hold', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800'])
      expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});
