import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../domain/engine/proof/canonical-json.js';
import type {
  AccountCertificate,
  CertificateStatement,
  CertifiedBrand,
  FirstStatement,
} from '../../../domain/conversations/certificate.js';
import { accountCertificates, totalsOf } from '../../../domain/conversations/certificate-figures.js';
import { keyFingerprint, signedBytes } from '../../../domain/engine/proof/certificate.js';
import { checkCertificate as checkFormed } from '../../../domain/engine/proof/certificate-check.js';

const checkCertificate = (text: string, fingerprint?: string) =>
  checkFormed(text, accountCertificates, fingerprint);

const side = {
  messages: 40_000,
  messages_digest: '-123456789012345678901',
  attachments: 12,
  attachments_digest: '77',
  threads: 2_000,
  threads_digest: '5',
  quarantined_threads: 1,
};

const hash = (of: string) => of.repeat(64);
const BRAND: CertifiedBrand = {
  brand_id: 'br_1',
  compared_at: '2026-03-01T10:00:00.000Z',
  source: side,
  store: side,
  held: {
    messages: 39_990,
    threads: 1_900,
    quarantined_messages: 6,
    quarantined_threads: 1,
    superseded: 4,
  },
  waived: [{ by: 'ann', reason: 'test records', records: 2 }],
  records: {
    algorithm: 'sha256-by-thread',
    threads: hash('a'),
    attachments: hash('b'),
    quarantined: hash('c'),
    superseded: hash('d'),
  },
};

const STATED = {
  kind: 'carryover-migration-certificate',
  account_id: 'acc_1',
  made_at: '2026-03-01T10:00:00.000Z',
  recent_since: '2026-01-30T10:00:00.000Z',
  made_after: 'migration',
  workflow: { id: 'migration:acc_1/brand:br_1', run_id: 'run' },
  code: { version: '0.1.0', commit: null },
} as const;

const STATEMENT: CertificateStatement = {
  ...STATED,
  version: 2,
  store_id: '0b0f1a52-6d3c-4c3b-9d55-1f4c6a2e7e11',
  previous: null,
  totals: totalsOf([BRAND]),
  brands: [BRAND],
};

const FIRST: FirstStatement = {
  ...STATED,
  version: 1,
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

function signed(statement: AccountCertificate['certificate'] = STATEMENT): {
  file: AccountCertificate;
  text: string;
} {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const file: AccountCertificate = {
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

function textOf(file: AccountCertificate): string {
  return `${canonicalJson(file)}\n`;
}

const words = (text: string, fingerprint?: string) =>
  checkCertificate(text, fingerprint)
    .steps.filter(({ holds }) => !holds)
    .map((step) => step.words);

describe('a certificate', () => {
  test('is valid as written, with and without the final line end', () => {
    const { text, file } = signed();
    expect(checkCertificate(text)).toMatchObject({ holds: true, file });
    expect(checkCertificate(text.trimEnd(), file.signature.key_fingerprint).holds).toBe(true);
  });

  test('is invalid with any byte changed', () => {
    const bytes = Buffer.from(signed().text);
    for (let at = 0; at < bytes.length; at += 1) {
      for (const bit of [1, 32]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ bit;
        expect(checkCertificate(changed.toString()).holds, `byte ${at}, bit ${bit}`).toBe(false);
      }
    }
  });

  test('reports truncation', () => {
    const { text } = signed();
    for (const length of [0, 1, 100, text.length - 2])
      expect(words(text.slice(0, length))).toEqual([
        'The file is not valid JSON: it was cut off or changed.',
      ]);
  });

  test('reports reformatting', () => {
    const { file } = signed();
    expect(words(JSON.stringify(file, undefined, 2))[0]).toContain('reformatted');
  });

  test('with a changed count reports an invalid signature', () => {
    const { file } = signed();
    const changed = { ...file, certificate: { ...STATEMENT, account_id: 'acc_2' } };
    expect(words(textOf(changed))).toEqual([expect.stringContaining('signature is not valid')]);
  });

  test('reports another key or another signer', () => {
    const { file } = signed();
    const other = signed();
    const swapped = { ...file, signature: { ...other.file.signature, value: file.signature.value } };
    expect(words(textOf(swapped))).toEqual([expect.stringContaining('signature is not valid')]);
    const { key_fingerprint: expected } = file.signature;
    expect(words(other.text)).toEqual([]);
    expect(words(other.text, expected)).toEqual([
      expect.stringContaining(`not the expected one, ${expected}`),
    ]);
    const lying = {
      ...file,
      signature: { ...file.signature, key_fingerprint: other.file.signature.key_fingerprint },
    };
    expect(words(textOf(lying))).toEqual([expect.stringContaining('but the file names')]);
  });

  const withBrand = (change: Partial<CertifiedBrand>) => {
    const brands = [{ ...BRAND, ...change }];
    return signed({ ...STATEMENT, brands, totals: totalsOf(brands) }).text;
  };

  test('with unequal sides is invalid, whoever signed it', () => {
    expect(words(withBrand({ store: { ...side, messages: 39_999 } }))).toEqual([
      'Brand br_1: messages differ.',
    ]);
  });

  test('with contradicting figures is invalid, whoever signed it', () => {
    const { held } = BRAND;
    expect(words(withBrand({ held: { ...held, messages: 39_991 } }))).toEqual([
      'Brand br_1: 40000 message records were read and 40001 are accounted for.',
    ]);
    expect(words(withBrand({ held: { ...held, quarantined_threads: 0 } }))).toEqual([
      'Brand br_1: 1 threads were refused and 0 are in quarantine.',
    ]);
    expect(words(withBrand({ waived: [{ by: 'ann', reason: 'all', records: 8 }] }))).toEqual([
      'Brand br_1: 8 records are waived and 7 are in quarantine.',
    ]);
    expect(words(withBrand({ compared_at: '2026-03-01T10:00:00.001Z' }))).toEqual([
      'Brand br_1: it was compared after the certificate was made.',
    ]);
    const totals = { ...STATEMENT.totals, waived: 1 };
    expect(words(signed({ ...STATEMENT, totals }).text)).toEqual([
      'The totals are not the sums of the brands.',
    ]);
    const twice = [BRAND, BRAND];
    expect(words(signed({ ...STATEMENT, brands: twice, totals: totalsOf(twice) }).text)).toEqual([
      'A brand is named twice.',
    ]);
  });

  test('of the first version is still read, and its figures compared', () => {
    expect(words(signed(FIRST).text)).toEqual([]);
    const [brand] = FIRST.brands;
    const held = { ...brand!.held, quarantined: 5 };
    expect(words(signed({ ...FIRST, brands: [{ ...brand!, held }] }).text)).toEqual([
      'Brand br_1: 6 message records are neither held nor superseded, and 5 are quarantined.',
    ]);
  });

  test('totals sum up counts and digests of any size', () => {
    expect(totalsOf([BRAND, BRAND])).toEqual({
      source: {
        ...side,
        messages: 80_000,
        messages_digest: '-246913578024691357802',
        attachments: 24,
        attachments_digest: '154',
        threads: 4_000,
        threads_digest: '10',
        quarantined_threads: 2,
      },
      store: expect.objectContaining({ messages: 80_000 }),
      held: {
        messages: 79_980,
        threads: 3_800,
        quarantined_messages: 12,
        quarantined_threads: 2,
        superseded: 8,
      },
      waived: 4,
    });
  });

  test('counts what the source has removed, where a brand was compared by a version that does', () => {
    const removing = { ...BRAND, brand_id: 'br_2', held: { ...BRAND.held, removed: 3 } };
    expect(totalsOf([BRAND]).held).not.toHaveProperty('removed');
    const brands = [BRAND, removing];
    const totals = totalsOf(brands);
    expect(totals.held.removed).toBe(3);
    const { text } = signed({ ...STATEMENT, brands, totals });
    expect(words(text)).toEqual([]);
    expect(checkCertificate(text).steps.map((step) => step.words)).toContainEqual(
      expect.stringContaining('; 3 more were removed with their records at the source.'),
    );
  });

  test('is refused if it is something else', () => {
    for (const text of ['{}', '[]', 'null', '"a"', '{"certificate":{},"signature":{}}'])
      expect(words(text)[0]).toContain('not a certificate');
  });
});

describe('canonical JSON', () => {
  test('orders members by UTF-16 units and has no whitespace', () => {
    expect(canonicalJson({ b: [1, null, true], a: 'ü\n', '\ufb33': 1, '\u{1f600}': 2 })).toBe(
      '{"a":"ü\\n","b":[1,null,true],"\u{1f600}":2,"\ufb33":1}',
    );
    expect(canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 0.002, 1e-27, -0])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
  });

  test('is the same for the same value, whatever the order of its members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.integer()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  test('refuses what JSON cannot hold', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800'])
      expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});
