import { createPublicKey, verify } from 'node:crypto';
import { Value } from 'typebox/value';
import { canonicalJson } from './canonical-json.js';
import { CertificateFile, keyFingerprint, signedBytes } from './certificate.js';
import { type CheckStep, figureSteps } from './certificate-figures.js';

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
 * 4. The figures agree with each other (`figureSteps`).
 *
 * Without an expected fingerprint whoever holds any key could have signed it: that the key is the installation's is not checked then.
 */
export function checkCertificate(text: string, expectedFingerprint?: string): CertificateCheck {
  const file = parse(text);
  if (typeof file === 'string') return { holds: false, steps: [{ holds: false, words: file }] };
  const steps = [
    { holds: true, words: 'The file is whole, in the form in which it was written.' },
    ...keySteps(file, expectedFingerprint),
    signatureStep(file),
    ...figureSteps(file.certificate),
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
  statement: CertificateFile['certificate'],
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
