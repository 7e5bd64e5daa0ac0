import { createPublicKey, verify } from 'node:crypto';
import { Value } from 'typebox/value';
import { canonicalJson } from './canonical-json.js';
import {
  type CertificateFile,
  type CertificateForm,
  type CheckStep,
  keyFingerprint,
  signedBytes,
  type Statement,
} from './certificate.js';

export interface CertificateCheck<Of extends Statement> {
  readonly holds: boolean;
  /** In the order of the checks. Ends at a failure that makes the remaining checks impossible. */
  readonly steps: readonly CheckStep[];
  readonly file?: CertificateFile<Of>;
}

/**
 * Checks the text of a certificate of this form, without any other input:
 *
 * 1. The file is complete and in its canonical form, byte for byte.
 * 2. Its key has the named fingerprint, and the expected one if given.
 * 3. The signature is valid for this key and this statement.
 * 4. The figures are consistent (the form's `figureSteps`).
 *
 * Without an expected fingerprint this does not prove that the key belongs to the installation: anyone could have signed it.
 */
export function checkCertificate<Of extends Statement>(
  text: string,
  form: CertificateForm<Of>,
  expectedFingerprint?: string,
): CertificateCheck<Of> {
  const file = parse(text, form);
  if (typeof file === 'string') return { holds: false, steps: [{ holds: false, words: file }] };
  const steps = [
    { holds: true, words: 'The file is complete and in its canonical form.' },
    ...keySteps(file, expectedFingerprint),
    signatureStep(file),
    ...form.figureSteps(file.certificate),
  ];
  return { holds: steps.every(({ holds }) => holds), steps, file };
}

function parse<Of extends Statement>(text: string, form: CertificateForm<Of>): CertificateFile<Of> | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'The file is not valid JSON: it was cut off or changed.';
  }
  if (!isOfForm(value, form)) return 'The file is not a certificate: members are missing, added or changed.';
  if (canonicalJson(value) !== text.replace(/\n$/, ''))
    return 'The file is not in its canonical form: it was changed or reformatted.';
  return value;
}

function isOfForm<Of extends Statement>(
  value: unknown,
  { file }: CertificateForm<Of>,
): value is CertificateFile<Of> {
  return Value.Check(file, value);
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
        : `Its key is ${actual}, but the file names ${signature.key_fingerprint}.`,
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
      ? 'The signature is valid: nothing has changed since this key signed it.'
      : 'The signature is not valid: the statement, the key or the signature was changed.',
  };
}

function isSigned(statement: Statement, { public_key: spki, value }: CertificateFile['signature']): boolean {
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
