import { createHash, createPublicKey, verify } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { canonicalJson } from './canonical-json.js';

const Count = Type.Integer({ minimum: 0 });
const Sum = Type.String({ pattern: '^-?[0-9]+$', description: 'A sum of 64-bit digests.' });

function Strict<Properties extends Parameters<typeof Type.Object>[0]>(
  properties: Properties,
  options: object = {},
) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

const Side = Strict({
  messages: Type.Integer({
    minimum: 0,
    description: 'Message records, copies and quarantined ones included.',
  }),
  messages_digest: Sum,
  attachments: Count,
  attachments_digest: Sum,
  threads: Type.Integer({ minimum: 0, description: 'Source threads.' }),
  threads_digest: Sum,
  quarantined_threads: Count,
});
export type CertifiedSide = Static<typeof Side>;

export const CertifiedBrand = Strict({
  brand_id: Type.String(),
  compared_at: Type.String({ description: 'When both sides were compared and found equal.' }),
  source: Side,
  store: Side,
  held: Strict({
    messages: Count,
    threads: Type.Integer({ minimum: 0, description: 'Threads in the store, after merging.' }),
    quarantined: Type.Integer({ minimum: 0, description: 'Records in quarantine, threads among them.' }),
    superseded: Type.Integer({
      minimum: 0,
      description: 'Copies of a message of which another copy stands.',
    }),
  }),
});
export type CertifiedBrand = Static<typeof CertifiedBrand>;

const Statement = Strict({
  kind: Type.Literal('carryover-migration-certificate'),
  version: Type.Literal(1),
  account_id: Type.String(),
  made_at: Type.String(),
  recent_since: Type.String(),
  made_after: Type.Union([
    Type.Literal('migration'),
    Type.Literal('verification'),
    Type.Literal('retry', { description: 'Of records that were in quarantine.' }),
  ]),
  workflow: Strict({ id: Type.String(), run_id: Type.String() }),
  code: Strict({
    version: Type.String(),
    commit: Type.Union([Type.String(), Type.Null()], {
      description: 'Null where the build could not know it.',
    }),
  }),
  brands: Type.Array(CertifiedBrand),
});
export type CertificateStatement = Static<typeof Statement>;

export const CertificateFile = Strict(
  {
    certificate: Statement,
    signature: Strict({
      algorithm: Type.Literal('Ed25519'),
      public_key: Type.String({ description: 'SPKI, DER, base64.' }),
      key_fingerprint: Type.String({ description: 'SHA-256 of it.', examples: ['SHA256:…'] }),
      value: Type.String({
        description: 'Base64, over the UTF-8 of `certificate` in the form of RFC 8785.',
      }),
    }),
  },
  { description: 'What a migration was found to be, signed. Contains no names, numbers or texts.' },
);
export type CertificateFile = Static<typeof CertificateFile>;

/** `SHA256:` and the base64 of the SHA-256 of a public key (SPKI, DER), without padding, as ssh prints it. */
export function keyFingerprint(publicKey: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`;
}

/** What is signed. */
export function signedBytes(statement: CertificateStatement): Uint8Array {
  return Buffer.from(canonicalJson(statement));
}

export interface CheckStep {
  readonly holds: boolean;
  readonly words: string;
}

export interface CertificateCheck {
  readonly holds: boolean;
  /** In the order in which they were looked at; ends with the first that keeps the rest from being looked at. */
  readonly steps: readonly CheckStep[];
  readonly file?: CertificateFile;
}

/**
 * Checks a certificate's text, with nothing but the text:
 *
 * 1. It is whole, and byte for byte in the form in which it was written.
 * 2. The key is the one whose fingerprint is named, and the expected one where there is one.
 * 3. The signature is this key's, over this statement.
 * 4. The statement says what a certificate must: both sides of every brand equal, and every record accounted for.
 */
export function checkCertificate(text: string, expectedFingerprint?: string): CertificateCheck {
  const file = parse(text);
  if (typeof file === 'string') return { holds: false, steps: [{ holds: false, words: file }] };
  const steps = [
    { holds: true, words: 'The file is whole, in the form in which it was written.' },
    ...keySteps(file, expectedFingerprint),
    signatureStep(file),
    ...file.certificate.brands.map(brandStep),
  ];
  return { holds: steps.every(({ holds }) => holds), steps, file };
}

function parse(text: string): CertificateFile | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'The file is no whole JSON: it was cut off, or changed.';
  }
  if (!Value.Check(CertificateFile, value))
    return 'The file is no certificate: members are missing, added or changed.';
  if (canonicalJson(value) !== text.replace(/\n$/, ''))
    return 'The file is not byte for byte as it was written: it was changed or formatted anew.';
  return value;
}

function keySteps({ signature }: CertificateFile, expected: string | undefined): CheckStep[] {
  const actual = keyFingerprint(Buffer.from(signature.public_key, 'base64'));
  const sameText = Buffer.from(signature.public_key, 'base64').toString('base64') === signature.public_key;
  const named = sameText && actual === signature.key_fingerprint;
  const steps = [
    {
      holds: named,
      words: named
        ? `Its key is ${actual}.`
        : `Its key is ${actual}, and that is not the one it names, ${signature.key_fingerprint}.`,
    },
  ];
  if (expected === undefined) return steps;
  const holds = actual === expected;
  const words = holds ? 'The key is the expected one.' : `The key is not the expected one, ${expected}.`;
  return [...steps, { holds, words }];
}

function signatureStep({ certificate, signature }: CertificateFile): CheckStep {
  const holds = isSigned(certificate, signature);
  return {
    holds,
    words: holds
      ? 'The signature holds: nothing was changed since this key signed it.'
      : 'The signature does not hold: the statement, the key or the signature was changed.',
  };
}

function isSigned(
  statement: CertificateStatement,
  { public_key: spki, value }: CertificateFile['signature'],
): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
    const isSameText = Buffer.from(value, 'base64').toString('base64') === value;
    return (
      key.asymmetricKeyType === 'ed25519' &&
      isSameText &&
      verify(null, signedBytes(statement), key, Buffer.from(value, 'base64'))
    );
  } catch {
    return false;
  }
}

function brandStep({ brand_id: brandId, source, store }: CertifiedBrand): CheckStep {
  const names = Object.keys(source) as (keyof CertifiedSide)[];
  const unequal = names.filter((name) => source[name] !== store[name]);
  return unequal.length === 0
    ? {
        holds: true,
        words: `Brand ${brandId}: ${source.messages} message records read, all accounted for; digests equal.`,
      }
    : { holds: false, words: `Brand ${brandId}: ${unequal.join(', ')} differ.` };
}
